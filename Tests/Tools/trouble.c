// Trouble for the process that it is loaded into, by LD_PRELOAD: the shipped binary has no switch for it.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// What stands in the file that a variable names; 0 where there is none.
static int read_setting(const char *variable, char *text, size_t size) {
    const char *path = getenv(variable);
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return 0;
    ssize_t count = read(file, text, size - 1);
    close(file);
    text[count > 0 ? count : 0] = 0;
    return count > 0;
}

// Adds to the system's time the milliseconds that stand in the file TROUBLE_CLOCK.
int clock_gettime(clockid_t clock, struct timespec *time) {
    int failure = (int)syscall(SYS_clock_gettime, clock, time);
    char text[64];
    if (failure || clock != CLOCK_REALTIME || !read_setting("TROUBLE_CLOCK", text, sizeof text)) return failure;
    long long nanoseconds = time->tv_nsec + atoll(text) * 1000000;
    long long seconds = nanoseconds / 1000000000 - (nanoseconds % 1000000000 < 0);
    time->tv_sec += seconds;
    time->tv_nsec = nanoseconds - seconds * 1000000000;
    return 0;
}

// Refuses connections to the ports that stand in the file TROUBLE_PORTS.
int connect(int socket, const struct sockaddr *address, socklen_t length) {
    char text[64];
    if (address->sa_family == AF_INET && read_setting("TROUBLE_PORTS", text, sizeof text)) {
        char *rest = text;
        for (long port; (port = strtol(rest, &rest, 10)) > 0;) {
            if (port != ntohs(((const struct sockaddr_in *)address)->sin_port)) continue;
            errno = ECONNREFUSED;
            return -1;
        }
    }
    return (int)syscall(SYS_connect, socket, address, length);
}

// A disk that does not answer while the file TROUBLE_HANGS is there.
static void hang(void) {
    const char *path = getenv("TROUBLE_HANGS");
    while (path && access(path, F_OK) == 0) usleep(10000);
}

// No room on the disk for what a validator has signed while the file TROUBLE_FULL is there.
ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    const char *path = getenv("TROUBLE_FULL");
    char link[32], name[4096] = {0};
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    if (path && access(path, F_OK) == 0 && readlink(link, name, sizeof name - 1) > 0 && strstr(name, "signed-ballots.log")) {
        errno = ENOSPC;
        return -1;
    }
    return syscall(SYS_pwrite64, file, bytes, count, offset);
}

int fsync(int file) {
    hang();
    return (int)syscall(SYS_fsync, file);
}

int fdatasync(int file) {
    hang();
    return (int)syscall(SYS_fdatasync, file);
}
