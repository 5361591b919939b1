/* Who else uses a file: see io.h. What this system does not show, or does not know, is nobody. */
#define _DEFAULT_SOURCE /* flock() */
#include "bytes/io.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_ROOM = 64 };

/* Locks of both kinds that programs ask for. */
static bool is_locked(int fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	if (!fcntl(fd, F_GETLK, &lock) && lock.l_type != F_UNLCK)
		return true;
	if (flock(fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK;
	flock(fd, LOCK_UN);
	return false;
}

static bool has_open(const char *process, const struct stat *file)
{
	char path[NAME_ROOM];
	struct stat other;
	bool has = false;
	DIR *open_files;

	snprintf(path, sizeof path, "/proc/%.20s/fd", process);
	open_files = opendir(path);
	for (struct dirent *entry; open_files && !has && (entry = readdir(open_files));)
		has = !fstatat(dirfd(open_files), entry->d_name, &other, 0) && other.st_dev == file->st_dev && other.st_ino == file->st_ino;
	if (open_files)
		closedir(open_files);
	return has;
}

static void name_process(const char *process, char *why, size_t size)
{
	char path[NAME_ROOM], name[NAME_ROOM] = "?";
	FILE *file;

	snprintf(path, sizeof path, "/proc/%.20s/comm", process);
	file = fopen(path, "re");
	if (file && fgets(name, sizeof name, file))
		name[strcspn(name, "\n")] = '\0';
	if (file)
		fclose(file);
	snprintf(why, size, "process %.20s (%s) has it open", process, name);
}

static bool is_open_elsewhere(const struct stat *file, char *why, size_t size)
{
	DIR *processes = opendir("/proc");
	bool found = false;

	for (struct dirent *entry; processes && !found && (entry = readdir(processes));) {
		found = isdigit((unsigned char)entry->d_name[0]) && strtol(entry->d_name, NULL, 10) != getpid() && has_open(entry->d_name, file);
		if (found)
			name_process(entry->d_name, why, size);
	}
	if (processes)
		closedir(processes);
	return found;
}

bool pstfix_in_use(const char *path, char *why, size_t why_size)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat file;
	bool used = false;

	if (fd < 0)
		return false;
	if (!fstat(fd, &file) && S_ISREG(file.st_mode))
		used = is_open_elsewhere(&file, why, why_size);
	if (!used && is_locked(fd)) {
		snprintf(why, why_size, "another process has locked it");
		used = true;
	}
	close(fd);
	return used;
}
