/* The second opinion: libpff reads the result in a child process, so that nothing it does
 * with a damaged file, neither a crash nor an endless loop nor all memory taken, can take
 * the command down. The opinion comes back through a pipe; a child that dies, takes too long
 * or takes too much memory leaves none. Its memory is watched from here: under RLIMIT_AS the
 * allocations that fail would look like a file that libpff cannot read.
 */
#include "judge.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

const char *verdict_name(pstfix_verdict verdict)
{
	switch (verdict) {
	case PSTFIX_AGREED: return "agreed";
	case PSTFIX_DISAGREED: return "disagreed";
	case PSTFIX_CANNOT_JUDGE: break;
	}
	return "cannot judge";
}

/* Where memory runs out, Linux is to end this process and no other. */
static void go_first(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "1000", 4) < 4)
		errno = 0; /* it was only a precaution */
	if (fd >= 0)
		close(fd);
}

/* So that nobody has the file open any more. */
static void end_with_parent(void)
{
#ifdef __linux__
	prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
}

static _Noreturn void give_opinion(const struct judge *judge, const char *path, int to)
{
	struct opinion opinion = {.why = ""};

	signal(SIGALRM, SIG_DFL);
	alarm((unsigned)judge->patience + 5); /* should the parent be gone by then, and the system not have told */
	end_with_parent();
	go_first();
	dup2(STDERR_FILENO, STDOUT_FILENO);
	opinion.verdict = pstfix_verify_libpff(judge->source, path, judge->report, opinion.why,
	                                       sizeof opinion.why);
	_exit(write(to, &opinion, sizeof opinion) != sizeof opinion);
}

/* 0 of what is only planned, which is about as large as the source. */
static uint64_t file_size(const char *path)
{
	struct stat st;

	return path && !stat(path, &st) ? (uint64_t)st.st_size : 0;
}

/* What a process holds in memory, in bytes; 0 where the system does not say. */
static uint64_t memory_of(pid_t process)
{
	char path[40], text[80];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof path, "/proc/%ld/statm", (long)process);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, sizeof text - 1);
		close(fd);
	}
	text[n > 0 ? n : 0] = 0;
	return strtoull(text + strcspn(text, " "), NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Until there is something to read, or no longer any use in waiting; then why says why. */
static bool wait_for_opinion(const struct judge *judge, int from, pid_t child, uint64_t memory, char *why, size_t size)
{
	struct pollfd ready = {.fd = from, .events = POLLIN};
	double end = seconds_now() + judge->patience;

	while (progress_tick(judge->progress, "libpff reads", 0, 0)) {
		if (poll(&ready, 1, 50) > 0)
			return true;
		if (memory_of(child) > memory) {
			snprintf(why, size, "it took more than %llu MB of memory", (unsigned long long)(memory >> 20));
			return false;
		}
		if (seconds_now() > end) {
			snprintf(why, size, "it took longer than %.0f seconds", judge->patience);
			return false;
		}
	}
	snprintf(why, size, "it was stopped");
	return false;
}

static struct opinion hear_opinion(const struct judge *judge, int from, pid_t child, uint64_t memory)
{
	struct opinion none = {.verdict = PSTFIX_CANNOT_JUDGE}, opinion;
	bool ready = wait_for_opinion(judge, from, child, memory, none.why, sizeof none.why);
	bool heard = ready && read(from, &opinion, sizeof opinion) == sizeof opinion;
	int status = 0;

	if (!ready)
		kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (heard)
		return opinion;
	if (ready && WIFSIGNALED(status))
		snprintf(none.why, sizeof none.why, "it was ended by signal %d (%s)",
		         WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (ready)
		snprintf(none.why, sizeof none.why, "it ended without a verdict");
	return none;
}

bool judge_accept(void *user, const char *path)
{
	struct judge *judge = user;
	uint64_t memory = (1ULL << 30) + file_size(judge->source) + file_size(path);
	int ends[2];
	pid_t child = -1;

	judge->opinion = (struct opinion){PSTFIX_CANNOT_JUDGE, "no process to run libpff in"};
	if (!pipe(ends)) {
		child = fork();
		if (!child)
			give_opinion(judge, path, ends[1]);
		close(ends[1]);
		if (child > 0)
			judge->opinion = hear_opinion(judge, ends[0], child, memory);
		close(ends[0]);
	}
	if (interrupted || judge->opinion.verdict == PSTFIX_DISAGREED)
		return false;
	return judge->opinion.verdict == PSTFIX_AGREED || !judge->require;
}
