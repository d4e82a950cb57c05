/* argp does the parsing and the help; a look at the words before it finds unknown options, which
 * argp could not answer with the nearest right one. */
#include "cli/options.h"

#include "base/text.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 96, FLAG_KEY = 1000, SETTING_KEY = 2000, OFF_KEY = 3000, HELP_SIZE = 240 };

/* The options of the command that is being read. */
static struct argp_option options[MOST];
static char texts[MOST][HELP_SIZE]; /* help texts and names that are put together */
static size_t option_count, text_count;

static const char *name_at(size_t index) {
    static const char *const own[] = {"help", "usage", "version"};
    for (size_t i = 0; i < option_count; i++)
        if (options[i].name && !(options[i].flags & OPTION_HIDDEN) && !index--)
            return options[i].name;
    return index < sizeof own / sizeof *own ? own[index] : NULL;
}

/* The option of a name, or of which it is the beginning, as getopt allows; NULL: none. */
static const struct argp_option *find(const char *name, size_t length) {
    const struct argp_option *found = NULL;
    for (size_t i = 0; i < option_count; i++) {
        if (!options[i].name || strncmp(options[i].name, name, length) != 0)
            continue;
        if (!options[i].name[length])
            return &options[i];
        found = &options[i];
    }
    return found;
}

static void add(struct argp_option option) {
    if (option_count + 1 < MOST)
        options[option_count++] = option;
}

static bool offered(const cli_syntax *syntax, const char *name) {
    if (!syntax->settings)
        return true;
    for (size_t i = 0; syntax->settings[i]; i++)
        if (!strcmp(syntax->settings[i], name))
            return true;
    return false;
}

/* A switch is offered in the direction in which it changes the default; the other is known too. */
static void add_switch(const isobit_setting *setting, int index, int group) {
    const bool on = !strcmp(setting->default_value, "on");
    char *opposite = texts[text_count++];
    snprintf(opposite, HELP_SIZE, "no-%s", setting->name);
    char *help = texts[text_count++];
    snprintf(help, HELP_SIZE, "%s%s", on ? "turn off: " : "", setting->help);
    add((struct argp_option){setting->name, SETTING_KEY + index, NULL, on ? OPTION_HIDDEN : 0, help,
                             group});
    add((struct argp_option){opposite, OFF_KEY + index, NULL, on ? 0 : OPTION_HIDDEN, help, group});
}

/* argp counts bytes where it aligns columns: three dots for the one character. */
static const char *argument_text(const char *argument) {
    const char *dots = strstr(argument, "…");
    if (!dots)
        return argument;
    char *text = texts[text_count++];
    snprintf(text, HELP_SIZE, "%.*s...", (int)(dots - argument), argument);
    return text;
}

static void add_setting(const isobit_setting *setting, int index, int group) {
    if (!setting->argument) {
        add_switch(setting, index, group);
        return;
    }
    char *help = texts[text_count++];
    const char *argument = argument_text(setting->argument);
    if (*setting->default_value)
        snprintf(help, HELP_SIZE, "%s [%s]", setting->help, setting->default_value);
    else
        snprintf(help, HELP_SIZE, "%s", setting->help);
    add((struct argp_option){setting->name, SETTING_KEY + index, argument, 0, help, group});
}

/* The table's settings under a heading for each group, then the command's own. */
static void make_options(const cli_syntax *syntax) {
    const isobit_setting *setting;
    const char *group = "";
    int number = 0;
    for (int i = 0; (setting = isobit_setting_at((size_t)i)); i++) {
        if (!offered(syntax, setting->name))
            continue;
        if (!syntax->settings && strcmp(group, setting->group) != 0) {
            char *heading = texts[text_count++];
            group = setting->group;
            snprintf(heading, HELP_SIZE, "%c%s:", *group - 'a' + 'A', group + 1);
            add((struct argp_option){NULL, 0, NULL, 0, heading, ++number});
        }
        add_setting(setting, i, number);
    }
    for (int i = 0; syntax->flags && syntax->flags[i].name; i++)
        add((struct argp_option){syntax->flags[i].name, FLAG_KEY + i, syntax->flags[i].argument, 0,
                                 syntax->flags[i].help, number});
}

/* Unknown and incomplete options, each answered in one line. */
static int check_words(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        char *word = argv[i];
        if (!strcmp(word, "--"))
            break;
        if (!strcmp(word, "-h"))
            word[1] = '?';
        if (*word != '-' || !word[1] || !strcmp(word, "-?") || !strcmp(word, "-V"))
            continue;
        if (word[1] != '-')
            return cli_misuse("unknown option \"%s\"; options are long, as --help", word);
        const size_t length = strcspn(word + 2, "=");
        const struct argp_option *option = find(word + 2, length);
        if (!option) {
            word[2 + length] = '\0';
            if (!strcmp(word, "--help") || !strcmp(word, "--version") || !strcmp(word, "--usage"))
                continue;
            return cli_fail(iso_unknown_name("option", word + 2, name_at));
        }
        if (!option->arg && word[2 + length])
            return cli_misuse("--%s takes no value", option->name);
        if (option->arg && !word[2 + length] && ++i == argc)
            return cli_misuse("--%s needs a value: %s", option->name, option->arg);
    }
    return -1;
}

typedef struct parsing {
    const cli_syntax *syntax;
    cli_arguments *out;
    int status; /* -1: all well */
} parsing;

static void take_setting(parsing *parse, int index, const char *value) {
    const isobit_setting *setting = isobit_setting_at((size_t)index);
    isobit_status status = isobit_settings_set(parse->out->settings, setting->name, value);
    if (status != ISOBIT_OK && parse->status < 0)
        parse->status = cli_fail(status);
}

static error_t take(int key, char *value, struct argp_state *state) {
    parsing *parse = state->input;
    cli_arguments *out = parse->out;
    if (key >= OFF_KEY && key < OFF_KEY + MOST) {
        take_setting(parse, key - OFF_KEY, "off");
    } else if (key >= SETTING_KEY && key < SETTING_KEY + MOST) {
        take_setting(parse, key - SETTING_KEY, value ? value : "on");
    } else if (key >= FLAG_KEY && key < FLAG_KEY + CLI_FLAGS) {
        out->flags[key - FLAG_KEY] = value ? value : "";
    } else if (key == ARGP_KEY_ARG) {
        if (out->word_count < parse->syntax->most)
            out->words[out->word_count++] = value;
        else if (parse->status < 0)
            parse->status = cli_misuse("%s: unexpected \"%s\"; quote values that hold blanks",
                                       parse->syntax->command, value);
    } else {
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

void cli_arguments_free(cli_arguments *arguments) {
    isobit_settings_free(arguments->settings);
    *arguments = (cli_arguments){0};
}

int cli_parse(const cli_syntax *syntax, int argc, char **argv, cli_arguments *out) {
    static char name[64];
    const struct argp argp = {options, take, syntax->arguments, syntax->help, NULL, NULL, NULL};
    parsing parse = {syntax, out, -1};
    *out = (cli_arguments){0};
    memset(options, 0, sizeof options);
    option_count = text_count = 0;
    make_options(syntax);
    int status = check_words(argc, argv);
    if (status >= 0)
        return status;
    isobit_status made = isobit_settings_new(&out->settings);
    if (made != ISOBIT_OK)
        return cli_fail(made);
    snprintf(name, sizeof name, "isobit %s", syntax->command);
    argv[0] = name;
    if (argp_parse(&argp, argc, argv, 0, NULL, &parse) && parse.status < 0)
        parse.status = CLI_USAGE;
    if (parse.status < 0 && out->word_count < syntax->least)
        parse.status = cli_misuse("%s needs %s; isobit %s --help tells more", syntax->command,
                                  syntax->arguments, syntax->command);
    if (parse.status >= 0)
        cli_arguments_free(out);
    return parse.status;
}
