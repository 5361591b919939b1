/* pstfix: check and repair Outlook data files from the command line.
 *
 * What can be asked for stands in two tables, of options and of commands; parsing and
 * --help are made from them. Each command is a short file over <pstfix/pstfix.h>. An
 * option means the same in every command that takes it, so all are parsed alike and a
 * command's row says which it takes.
 */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

volatile sig_atomic_t interrupted;
static int output_error; /* the first */

struct command {
	const char *name;
	int (*run)(const struct request *request);
	const char *operands;
	int at_least, at_most;
	const char *takes; /* options, by letter */
	const char *summary;
	const char *detail;
};

static const struct command commands[] = {
	{"info", cmd_info, "FILE", 1, 1, "jqt",
	 "say what it is: format, sizes, counts",
	 "Follows the indexes from the header, but does not read the whole file, and\n"
	 "judges nothing."},
	{"check", cmd_check, "FILE...", 1, INT32_MAX, "jlmqtv",
	 "say what is wrong",
	 "Reads each file as a whole and writes nothing. Exits with 0 for sound files, 4\n"
	 "when there is something to repair or something is lost. 'pstfix explain NAME'\n"
	 "tells more about a problem."},
	{"repair", cmd_repair, "FILE", 1, 1, "bcfIjLmnopqrstuv",
	 "print a plan, then write a repaired copy",
	 "FILE is only read, unless --in-place is given. The result is checked in full\n"
	 "and read through libpff before it takes its name, or its place. Exits with 0\n"
	 "when there is nothing to do, 1 when all was put right, 5 when all was but losses\n"
	 "and what no repair puts right yet, which are listed, and 4 when nothing could\n"
	 "be; 0 and 4 write nothing."},
	{"recover", cmd_recover, "FILE -o OUT", 1, 1, "cdfijmnopqrstvw",
	 "write what proves itself to a new store",
	 "Trusts neither the header nor the roots of the indexes: each index page that\n"
	 "proves itself is evidence like any other. Writes a new store, of a sound file,\n"
	 "too. Exits with 1, or with 5 when an item is lost or not whole."},
	{"undo", cmd_undo, "FILE", 1, 1, "jqu",
	 "give back what a repair in place has changed",
	 "Byte for byte, from the undo journal, which is removed then. Of a repair that\n"
	 "came to its end only if nothing was changed since."},
	{"list", cmd_list, "FILE", 1, 1, "Fjqt",
	 "list folders and items",
	 "Also of a damaged file: where header or indexes are, the file is read as a\n"
	 "whole. With --json associated and embedded messages and attachments, too."},
	{"explain", cmd_explain, "CODE|NAME...", 0, INT32_MAX, "ajq",
	 "say what a problem means and what a repair does",
	 "Takes names as 'check' prints them, in any case, or codes as in 0x0304."},
	{"dump", cmd_dump, "FILE WHAT", 2, 3, "jqt",
	 "decode one structure, with offsets",
	 "WHAT is one of: header, page OFFSET, block ID, block@OFFSET, node NID,\n"
	 "heap NID, bth NID, pc NID, tc NID, message NID, queue NID. A subnode is\n"
	 "NID/NID. Numbers as in C."},
};

enum { N_COMMANDS = sizeof commands / sizeof *commands };

static const struct option options[] = {
	{"all", no_argument, NULL, 'a'},
	{"allow-loss", no_argument, NULL, 'L'},
	{"backup", required_argument, NULL, 'b'},
	{"compact", no_argument, NULL, 'c'},
	{"deleted", no_argument, NULL, 'd'},
	{"dry-run", no_argument, NULL, 'n'},
	{"folder", required_argument, NULL, 'F'},
	{"force", no_argument, NULL, 'f'},
	{"format", required_argument, NULL, 'w'},
	{"from-image", no_argument, NULL, 'i'},
	{"help", no_argument, NULL, 'h'},
	{"in-place", no_argument, NULL, 'I'},
	{"json", no_argument, NULL, 'j'},
	{"level", required_argument, NULL, 'l'},
	{"map", required_argument, NULL, 'm'},
	{"output", required_argument, NULL, 'o'},
	{"provenance", required_argument, NULL, 'p'},
	{"quiet", no_argument, NULL, 'q'},
	{"require-verify", no_argument, NULL, 'r'},
	{"strict", no_argument, NULL, 's'},
	{"threads", required_argument, NULL, 't'},
	{"undo-file", required_argument, NULL, 'u'},
	{"verbose", no_argument, NULL, 'v'},
	{"version", no_argument, NULL, 'V'},
	{0},
};

static const char *const option_help[128] = {
	['a'] = "      --all             all problems",
	['b'] = "      --backup COPY     before a repair in place, a copy of it, compared with it",
	['c'] = "      --compact         lay out all of it afresh, without free space between",
	['d'] = "      --deleted         removed messages and older versions, too, in folders of their own",
	['F'] = "      --folder PATH     only this folder and those below, as in 'Top/Inbox' or 0x8082",
	['f'] = "      --force           replace an existing output, never the input; in place, although in use",
	['h'] = "  -h, --help            print this help",
	['i'] = "      --from-image      look for the store anywhere in FILE, an image of a disk or the like",
	['I'] = "      --in-place        repair FILE itself; 'pstfix undo' gives back what was",
	['j'] = "      --json            print one JSON object a line",
	['L'] = "      --allow-loss      in place, take steps that drop something, too",
	['l'] = "      --level LEVEL     how deep to look: ndb, ltp, or all of it, store",
	['m'] = "      --map FILE        GNU ddrescue's map of FILE: what was not rescued is unreadable",
	['n'] = "      --dry-run         print the plan, write nothing, exit as check does",
	['o'] = "  -o, --output OUT      write to OUT; a repair else to FILE.repaired.SUFFIX",
	['p'] = "      --provenance F    write to F which bytes of FILE each item came from",
	['q'] = "  -q, --quiet           print errors only, and what --json asks for",
	['r'] = "      --require-verify  reject a result that libpff cannot judge",
	['s'] = "      --strict          leave out messages that are not whole",
	['t'] = "      --threads N       read with N threads, 1 to 64",
	['u'] = "      --undo-file F     the undo journal; else FILE.pstfix-undo",
	['v'] = "  -v, --verbose         print all findings, not ten of each problem",
	['w'] = "      --format unicode  write a Unicode PST, whatever FILE is",
	['V'] = "  -V, --version         print the version",
};

/* ---- Help and complaints ------------------------------------------------ */

static int print_help(void)
{
	puts("Usage: pstfix COMMAND [OPTION]... FILE...\n"
	     "Check and repair Outlook data files (PST, OST).\n");
	for (int i = 0; i < N_COMMANDS; i++)
		printf("  %-8s %-13s %s\n", commands[i].name, commands[i].operands,
		       commands[i].summary);
	puts("\n'pstfix COMMAND --help' lists the options of a command.\n\n"
	     "Exit status, a sum: 0 sound, 1 problems were corrected, 4 problems are left,\n"
	     "8 could not work, 16 wrong usage, 32 cancelled.");
	return STATUS_SOUND;
}

static int print_help_of(const struct command *command)
{
	printf("Usage: pstfix %s [OPTION]... %s\n%s\n\n", command->name, command->operands,
	       command->detail);
	for (const struct option *option = options; option->name; option++) {
		if (option->val == 'h' || option->val == 'V' || strchr(command->takes, option->val))
			puts(option_help[option->val]);
	}
	return STATUS_SOUND;
}

static int print_version(void)
{
	printf("pstfix %s\n", pstfix_version());
	return STATUS_SOUND;
}

static int usage(const struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Without a format: getopt_long() has said what is wrong. */
static int usage(const struct command *command, const char *format, ...)
{
	char text[512];
	va_list args;

	if (format) {
		va_start(args, format);
		vsnprintf(text, sizeof text, format, args);
		va_end(args);
		fputs("pstfix: ", stderr);
		write_clean(stderr, text);
		fputc('\n', stderr);
	}
	if (command)
		fprintf(stderr, "Usage: pstfix %s [OPTION]... %s\nTry 'pstfix %s --help'.\n",
		        command->name, command->operands, command->name);
	else
		fputs("Usage: pstfix COMMAND [OPTION]... FILE...\nTry 'pstfix --help'.\n", stderr);
	return STATUS_USAGE;
}

void warn(const char *path, const char *what, const char *why)
{
	fputs("pstfix: ", stderr);
	write_clean(stderr, path);
	fputs(": ", stderr);
	write_clean(stderr, what);
	write_clean(stderr, why);
	fputc('\n', stderr);
}

int complain(const struct request *request, const char *path, const pstfix_error *err)
{
	bool cancelled = err->status == PSTFIX_ERROR_CANCELLED;
	uint64_t offset = cancelled ? PSTFIX_NOWHERE : err->offset;
	int status = cancelled ? STATUS_CANCELLED : STATUS_FAILED;
	char place[48] = "";
	struct json json;

	if (offset != PSTFIX_NOWHERE)
		snprintf(place, sizeof place, " (at offset %ju)", (uintmax_t)offset);
	warn(path, err->message, place);
	if (request->json) {
		json_open(&json, NULL);
		json_text(&json, "file", path);
		json_text(&json, "error", err->message);
		json_known(&json, "offset", offset);
		json_number(&json, "exit", (uint64_t)status);
		json_end(&json);
	}
	return status;
}

/* ---- Parsing ------------------------------------------------------------ */

struct parse {
	struct request request;
	const struct command *command;
	char seen[128];
	bool help, version;
};

static bool parse_threads(unsigned *threads, const char *text)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || *end || n < 1 || n > 64 || *text < '0' || *text > '9')
		return false;
	*threads = (unsigned)n;
	return true;
}

static bool parse_level(pstfix_level *out, const char *name)
{
	static const struct {
		const char *name;
		pstfix_level level;
	} levels[] = {{"ndb", PSTFIX_LEVEL_NDB}, {"ltp", PSTFIX_LEVEL_LTP}, {"store", PSTFIX_LEVEL_ALL}};

	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
		*out = levels[i].level;
		if (!strcmp(levels[i].name, name))
			return true;
	}
	return false;
}

static int take_file(const struct parse *parse, const char **out, const char *option)
{
	if (!*optarg || !strcmp(optarg, "-"))
		return usage(parse->command, "--%s takes the name of a file, not '%s'", option, optarg);
	*out = optarg;
	return 0;
}

static int take_option(struct parse *parse, int letter)
{
	struct request *request = &parse->request;
	int status = 0;

	switch (letter) {
	case 'a': request->all = true; break;
	case 'c': request->compact = true; break;
	case 'd': request->deleted = true; break;
	case 'F': request->folder = optarg; break;
	case 'f': request->force = true; break;
	case 'i': request->from_image = true; break;
	case 'I': request->in_place = true; break;
	case 'L': request->allow_loss = true; break;
	case 'j': request->json = true; break;
	case 'm': request->map = optarg; break;
	case 'n': request->dry_run = true; break;
	case 'b': status = take_file(parse, &request->backup, "backup"); break;
	case 'o': status = take_file(parse, &request->out, "output"); break;
	case 'p': status = take_file(parse, &request->provenance, "provenance"); break;
	case 'u': request->undo_file = optarg; break;
	case 'q': request->quiet = true; break;
	case 'r': request->require_verify = true; break;
	case 's': request->strict = true; break;
	case 'v': request->verbose = true; break;
	case 'h': parse->help = true; break;
	case 'V': parse->version = true; break;
	case 'w':
		if (strcmp(optarg, "unicode"))
			return usage(parse->command, "--format takes unicode, not '%s'", optarg);
		request->format = optarg;
		break;
	case 'l':
		if (!parse_level(&request->level, optarg))
			return usage(parse->command, "--level takes ndb, ltp or store, not '%s'", optarg);
		break;
	case 't':
		if (!parse_threads(&request->threads, optarg))
			return usage(parse->command, "--threads takes 1 to 64, not '%s'", optarg);
		break;
	default:
		return usage(parse->command, NULL);
	}
	parse->seen[letter] = true;
	return status;
}

static int take_options(struct parse *parse, int argc, char **argv, const char *letters)
{
	int letter, status = 0;

	optind = 0; /* glibc: begin again, with what `letters` says */
	while (!status && (letter = getopt_long(argc, argv, letters, options, NULL)) != -1)
		status = take_option(parse, letter);
	return status;
}

static const struct command *command_of(const char *name)
{
	for (int i = 0; i < N_COMMANDS; i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	}
	return NULL;
}

static int fits(const struct parse *parse)
{
	const struct command *command = parse->command;

	for (const struct option *option = options; option->name; option++) {
		if (parse->seen[option->val] && !strchr(command->takes, option->val))
			return usage(command, "%s does not take --%s", command->name, option->name);
	}
	if (parse->request.count < command->at_least)
		return usage(command, "%s: %s is missing", command->name, command->operands);
	if (parse->request.count > command->at_most)
		return usage(command, "%s: too many arguments", command->name);
	if (parse->request.map && parse->request.count > 1)
		return usage(command, "--map is of one FILE");
	if (parse->request.in_place && (parse->request.out || parse->request.compact))
		return usage(command, "repair: --in-place writes no other file, and nothing afresh");
	if (parse->request.backup && !parse->request.in_place)
		return usage(command, "repair: --backup goes with --in-place");
	if (command->run == cmd_recover && !parse->request.out && !parse->request.dry_run)
		return usage(command, "recover: -o OUT is missing");
	if (command->run == cmd_explain && !parse->request.count == !parse->request.all)
		return usage(command, "explain takes either names or --all");
	return 0;
}

/* The text of a map, to be freed. NULL: see `err`. */
static char *load_map(const char *path, pstfix_error *err)
{
	enum { MAP_MAX = 64 << 20 };
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t room = 0;
	ssize_t length = file ? getdelim(&text, &room, '\0', file) : -1;

	if (length < 0 || length > MAP_MAX || ferror(file)) {
		*err = (pstfix_error){.status = PSTFIX_ERROR_IO, .system = errno, .offset = PSTFIX_NOWHERE};
		snprintf(err->message, sizeof err->message, "cannot be read as a map: %s",
		         length > MAP_MAX ? "it is too long" : length < 0 && file && feof(file) ? "it is empty" : strerror(errno));
		free(text);
		text = NULL;
	}
	if (file)
		fclose(file);
	return text;
}

static int run_with_map(struct parse *parse)
{
	const char *path = parse->request.map;
	pstfix_error err;
	char *text = load_map(path, &err);
	int status;

	if (!text)
		return complain(&parse->request, path, &err);
	parse->request.map_text = text;
	status = parse->command->run(&parse->request);
	free(text);
	return status;
}

/* Options may stand before the command and, where POSIXLY_CORRECT does not forbid it, anywhere
 * behind it. */
static int run(int argc, char **argv)
{
	struct parse parse = {0};
	int status = take_options(&parse, argc, argv, "+ho:qvV");
	char *program = argv[0];

	if (!status && optind < argc) {
		argc -= optind;
		argv += optind;
		parse.command = command_of(argv[0]);
		if (!parse.command)
			return usage(NULL, "there is no command '%s'", argv[0]);
		argv[0] = program;
		status = take_options(&parse, argc, argv, "ho:qvV");
	}
	if (status)
		return status;
	if (parse.version)
		return print_version();
	if (parse.help)
		return parse.command ? print_help_of(parse.command) : print_help();
	if (!parse.command)
		return usage(NULL, "a command is missing");
	parse.request.operands = argv + optind;
	parse.request.count = argc - optind;
	status = fits(&parse);
	if (!status && parse.request.map)
		return run_with_map(&parse);
	return status ? status : parse.command->run(&parse.request);
}

/* ---- The process -------------------------------------------------------- */

static void interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

/* Not those that the caller had us ignore, as nohup does; the second of a kind ends the process at once. What cannot be written is reported by the
 * write, so that a result is never left half done. */
static void catch_signals(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND}, old;

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		if (!sigaction(numbers[i], NULL, &old) && old.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

/* A standard stream that is closed would give its number to the next file that is opened,
 * and messages would be written into a mail store. Opened the wrong way round, its use
 * fails as it should. */
static bool keep_standard_streams(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
			return false;
	}
	return true;
}

bool flush_output(void)
{
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return true;
	if (!output_error)
		output_error = errno ? errno : EIO;
	return false;
}

/* What was meant for a pipe that nobody reads any more is no news. */
static int close_output(int status)
{
	if (flush_output() && !fclose(stdout))
		return status;
	if (interrupted)
		return status | STATUS_CANCELLED;
	if (!output_error)
		output_error = errno;
	if (output_error != EPIPE)
		fprintf(stderr, "pstfix: standard output: %s\n", strerror(output_error));
	return status | STATUS_FAILED;
}

int main(int argc, char **argv)
{
	static char name[] = "pstfix";

	if (!keep_standard_streams())
		return STATUS_FAILED;
	catch_signals();
	if (argc > 0)
		argv[0] = name;
	return close_output(run(argc, argv));
}
