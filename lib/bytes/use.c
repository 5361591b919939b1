/* Who else uses a file: see pstfix.h. Only looks at what Linux shows in /proc, so that nobody's locks come or go by it; what is not shown
 * is nobody. */
#define _XOPEN_SOURCE 700 /* realpath() */
#define _DEFAULT_SOURCE
#include "bytes/io.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#ifdef __linux__
#include <sys/sysmacros.h>
#endif
#include <unistd.h>

enum { NAME_ROOM = 64, TARGET_ROOM = 4096 };

struct used {
	struct stat file;
	const char *name; /* without folders */
	long self; /* as /proc counts processes */
};

static const char *without_folders(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Asks for what has the name only: others may be on a disk that does not answer. */
static bool is_it(int folder, const char *entry, const struct used *used)
{
	char target[TARGET_ROOM];
	const ssize_t n = readlinkat(folder, entry, target, sizeof target - 1);
	struct stat other;

	if (n < 0)
		return false;
	target[n] = '\0';
	return !strcmp(without_folders(target), used->name) && !fstatat(folder, entry, &other, 0) && other.st_dev == used->file.st_dev &&
	       other.st_ino == used->file.st_ino;
}

static bool has_open(const char *process, const struct used *used)
{
	char path[NAME_ROOM];
	bool has = false;
	DIR *open_files;

	snprintf(path, sizeof path, "/proc/%.20s/fd", process);
	open_files = opendir(path);
	for (struct dirent *entry; open_files && !has && (entry = readdir(open_files));)
		has = is_it(dirfd(open_files), entry->d_name, used);
	if (open_files)
		closedir(open_files);
	return has;
}

static void say(char *why, size_t size, const char *process, const char *does)
{
	char path[NAME_ROOM], name[NAME_ROOM] = "?";
	FILE *file;

	snprintf(path, sizeof path, "/proc/%.20s/comm", process);
	file = fopen(path, "r");
	if (file && fgets(name, sizeof name, file))
		name[strcspn(name, "\n")] = '\0';
	if (file)
		fclose(file);
	snprintf(why, size, "process %.20s (%s) %s", process, name, does);
}

static bool is_open_elsewhere(const struct used *used, char *why, size_t size)
{
	DIR *processes = opendir("/proc");
	bool found = false;

	for (struct dirent *entry; processes && !found && (entry = readdir(processes));) {
		found = isdigit((unsigned char)entry->d_name[0]) && strtol(entry->d_name, NULL, 10) != used->self && has_open(entry->d_name, used);
		if (found)
			say(why, size, entry->d_name, "has it open");
	}
	if (processes)
		closedir(processes);
	return found;
}

#ifdef __linux__

/* "1: POSIX  ADVISORY  WRITE 4711 08:01:1234 0 EOF" */
static bool is_locked(const struct used *used, char *why, size_t size)
{
	char line[256], process[24];
	unsigned major, minor;
	unsigned long long inode;
	FILE *locks = fopen("/proc/locks", "r");
	bool found = false;

	while (locks && !found && fgets(line, sizeof line, locks))
		found = sscanf(line, "%*s %*s %*s %*s %23s %x:%x:%llu", process, &major, &minor, &inode) == 4 &&
		        makedev(major, minor) == used->file.st_dev && inode == used->file.st_ino && strtol(process, NULL, 10) != used->self;
	if (found)
		say(why, size, process, "has locked it");
	if (locks)
		fclose(locks);
	return found;
}

#else

static bool is_locked(const struct used *used, char *why, size_t size)
{
	(void)used, (void)why, (void)size;
	return false;
}

#endif

bool pstfix_in_use(const char *path, char *why, size_t why_size)
{
	char self[NAME_ROOM] = "", name[TARGET_ROOM];
	struct used used;

	if (stat(path, &used.file) || !S_ISREG(used.file.st_mode) || !realpath(path, name))
		return false;
	used.name = without_folders(name);
	used.self = readlink("/proc/self", self, sizeof self - 1) > 0 ? strtol(self, NULL, 10) : (long)getpid();
	return is_open_elsewhere(&used, why, why_size) || is_locked(&used, why, why_size);
}
