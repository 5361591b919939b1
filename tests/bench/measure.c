/* pst-measure: what a command takes.
 *
 *     pst-measure COMMAND [ARGUMENT]...
 *
 * Prints as the last line, after what the command prints: seconds, seconds of processor time, bytes of
 * memory at the peak, exit status. In C because a process inherits the peak of the one that starts it, and an interpreter's is larger
 * than that of a small check. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
	double began = now();
	struct rusage usage;
	int status;
	pid_t pid = argc > 1 ? fork() : -1;

	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, STDIN_FILENO);
		dup2(null, STDERR_FILENO);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
		return 1;
	printf("%.6f %.6f %lld %d\n", now() - began, seconds(usage.ru_utime) + seconds(usage.ru_stime),
	       (long long)usage.ru_maxrss * 1024,
	       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}
