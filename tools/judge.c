/* The second opinion: libpff reads the result in a child process, so that nothing it does
 * with a damaged file, neither a crash nor an endless loop nor all memory taken, can take
 * the command down. The opinion comes back through a pipe; a child that dies or takes too
 * long leaves none.
 */
#include "judge.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
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

static _Noreturn void give_opinion(const struct judge *judge, const char *path, int to)
{
	struct opinion opinion = {.why = ""};

	signal(SIGALRM, SIG_DFL);
	alarm((unsigned)judge->patience + 5); /* should the parent be gone by then */
	go_first();
	dup2(STDERR_FILENO, STDOUT_FILENO);
	opinion.verdict = pstfix_verify_libpff(judge->source, path, judge->report, opinion.why,
	                                       sizeof opinion.why);
	_exit(write(to, &opinion, sizeof opinion) != sizeof opinion);
}

/* Until there is something to read, or no longer any use in waiting. */
static bool wait_for_opinion(const struct judge *judge, int from)
{
	struct pollfd ready = {.fd = from, .events = POLLIN};
	double end = seconds_now() + judge->patience;

	while (seconds_now() < end && progress_tick(judge->progress, "libpff reads", 0, 0)) {
		if (poll(&ready, 1, 200) > 0)
			return true;
	}
	return false;
}

static struct opinion hear_opinion(const struct judge *judge, int from, pid_t child)
{
	struct opinion opinion;
	bool ready = wait_for_opinion(judge, from);
	bool heard = ready && read(from, &opinion, sizeof opinion) == sizeof opinion;
	int status = 0;

	if (!ready)
		kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (heard)
		return opinion;
	opinion.verdict = PSTFIX_CANNOT_JUDGE;
	if (!ready)
		snprintf(opinion.why, sizeof opinion.why, "it took longer than %.0f seconds",
		         judge->patience);
	else if (WIFSIGNALED(status))
		snprintf(opinion.why, sizeof opinion.why, "it was ended by signal %d (%s)",
		         WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(opinion.why, sizeof opinion.why, "it ended without a verdict");
	return opinion;
}

bool judge_accept(void *user, const char *path)
{
	struct judge *judge = user;
	int ends[2];
	pid_t child = -1;

	judge->opinion = (struct opinion){PSTFIX_CANNOT_JUDGE, "no process to run libpff in"};
	if (!pipe(ends)) {
		child = fork();
		if (!child)
			give_opinion(judge, path, ends[1]);
		close(ends[1]);
		if (child > 0)
			judge->opinion = hear_opinion(judge, ends[0], child);
		close(ends[0]);
	}
	if (interrupted || judge->opinion.verdict == PSTFIX_DISAGREED)
		return false;
	return judge->opinion.verdict == PSTFIX_AGREED || !judge->require;
}
