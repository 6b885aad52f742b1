/* A chat-completions vendor for benchmarks: one epoll thread, a few microseconds of CPU a request.
 *
 *   cc -O2 -o loopback loopback.c -lm
 *   ./loopback PORT LATENCY_MS SIGMA ERROR_SHARE     prints "ready PORT"; PORT 0 takes a free one
 *
 * LATENCY_MS is constant, or the median of a log-normal with SIGMA > 0. ERROR_SHARE of the calls end as 429 with
 * "retry-after: 1". Rows are counted by the marker ROWID-nnnnnnnn in the prompt. GET /stats gives the counters as JSON,
 * GET /ctl?latency=200&sigma=0&err=0&reset=1 changes the settings. Loopback only; HTTP/1.1 with Content-Length bodies.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_FDS = 65536, MAX_ROWS = 20000000, FIRST_BUFFER = 8192 };

typedef struct {
    int fd;
    char *in;            /* bytes received and not yet used */
    size_t have, room;
    char *out;           /* bytes that the socket did not take yet */
    size_t left, sent;
    int waiting;         /* a request waits for its latency */
    long row;            /* of that request, -1 without a marker */
    size_t body_bytes;
    int fails;           /* it will be answered with 429 */
} conn;

typedef struct { double due; int fd; unsigned birth; } timer;

static conn *by_fd[MAX_FDS];
static unsigned births[MAX_FDS]; /* a timer of a closed connection must not hit its successor */
static timer *heap;
static size_t timers, heap_room;
static uint16_t *row_calls, *row_answers;
static long calls, answers, errors, unmarked, in_flight, max_in_flight, connections;
static double latency_ms, sigma, error_share, first_ms, last_ms;
static uint64_t seed = 88172645463325252ULL;
static int poll_fd;

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static double uniform(void) {
    seed ^= seed << 13; seed ^= seed >> 7; seed ^= seed << 17;
    return (double)(seed >> 11) * (1.0 / 9007199254740992.0);
}

static double normal(void) { return sqrt(-2 * log(uniform() + 1e-12)) * cos(6.283185307179586 * uniform()); }

static void push(double due, conn *who) {
    if (timers == heap_room) { heap_room = heap_room ? 2 * heap_room : 1024; heap = realloc(heap, heap_room * sizeof *heap); }
    size_t at = timers++;
    for (; at && heap[(at - 1) / 2].due > due; at = (at - 1) / 2) heap[at] = heap[(at - 1) / 2];
    heap[at] = (timer){due, who->fd, births[who->fd]};
}

static timer pop(void) {
    timer top = heap[0], last = heap[--timers];
    size_t at = 0, child;
    while ((child = 2 * at + 1) < timers) {
        if (child + 1 < timers && heap[child + 1].due < heap[child].due) child++;
        if (heap[child].due >= last.due) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
    return top;
}

static void hang_up(conn *c) {
    if (c->waiting) in_flight--;
    births[c->fd]++;
    by_fd[c->fd] = NULL;
    close(c->fd);
    free(c->in); free(c->out); free(c);
}

static void send_bytes(conn *c, const char *bytes, size_t n) {
    ssize_t took = c->left ? 0 : write(c->fd, bytes, n);
    if (took < 0) took = 0;
    if ((size_t)took == n) return;
    c->out = realloc(c->out, c->sent + c->left + n - took);
    memcpy(c->out + c->sent + c->left, bytes + took, n - took);
    c->left += n - took;
    epoll_ctl(poll_fd, EPOLL_CTL_MOD, c->fd, &(struct epoll_event){.events = EPOLLIN | EPOLLOUT, .data.fd = c->fd});
}

static void flush_out(conn *c) {
    ssize_t took = write(c->fd, c->out + c->sent, c->left);
    if (took > 0) { c->sent += took; c->left -= took; }
    if (c->left) return;
    c->sent = 0;
    epoll_ctl(poll_fd, EPOLL_CTL_MOD, c->fd, &(struct epoll_event){.events = EPOLLIN, .data.fd = c->fd});
}

static void reply(conn *c, const char *status, const char *headers, const char *body) {
    static char text[16384];
    int n = snprintf(text, sizeof text, "HTTP/1.1 %s\r\ncontent-type: application/json\r\n%scontent-length: %zu\r\n\r\n%s",
                     status, headers, strlen(body), body);
    send_bytes(c, text, n);
}

static const char *description =
    "A dependable everyday piece made from carefully selected materials, finished by hand and checked twice before it "
    "leaves the workshop. It keeps its shape after many washes and pairs easily with what you already own. Choose it for "
    "travel, for work or for a quiet weekend at home; the fit is relaxed and the seams are flat.";

static void answer(conn *c) {
    c->waiting = 0;
    in_flight--;
    last_ms = now_ms();
    if (c->fails) {
        errors++;
        reply(c, "429 Too Many Requests", "retry-after: 1\r\n",
              "{\"error\":{\"message\":\"Rate limit reached\",\"type\":\"rate_limit_error\",\"code\":\"rate_limit_exceeded\"}}");
        return;
    }
    answers++;
    if (c->row >= 0 && row_answers[c->row] < 65535) row_answers[c->row]++;
    static char body[8192];
    long row = c->row < 0 ? 0 : c->row;
    snprintf(body, sizeof body,
             "{\"id\":\"chatcmpl-%ld\",\"object\":\"chat.completion\",\"created\":1700000000,\"model\":\"loopback-1\",\"choices\":[{"
             "\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"{\\\"row_id\\\":\\\"ROWID-%08ld\\\",\\\"title\\\":\\\"Hand "
             "finished everyday piece %ld\\\",\\\"description\\\":\\\"%s\\\",\\\"tags\\\":[\\\"travel\\\",\\\"work\\\",\\\"home\\\"]}\"},"
             "\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":%zu,\"completion_tokens\":140,"
             "\"total_tokens\":%zu},\"system_fingerprint\":\"fp_loopback\"}",
             answers, row, row, description, c->body_bytes / 4, c->body_bytes / 4 + 140);
    reply(c, "200 OK", "x-ratelimit-remaining-requests: 9999999\r\nx-request-id: req\r\n", body);
}

static void report(conn *c) {
    long rows = 0, repeated = 0, repeated_answers = 0;
    for (long row = 0; row < MAX_ROWS && calls; row++) {
        if (row_calls[row]) { rows++; repeated += row_calls[row] - 1; }
        if (row_answers[row]) repeated_answers += row_answers[row] - 1;
    }
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    static char body[1024];
    snprintf(body, sizeof body,
             "{\"calls\":%ld,\"answers\":%ld,\"errors\":%ld,\"unmarked\":%ld,\"rows\":%ld,\"repeated_calls\":%ld,"
             "\"repeated_answers\":%ld,\"in_flight\":%ld,\"max_in_flight\":%ld,\"connections\":%ld,\"span_s\":%.4f,\"cpu_s\":%.3f}",
             calls, answers, errors, unmarked, rows, repeated, repeated_answers, in_flight, max_in_flight, connections,
             (last_ms - first_ms) / 1e3, used.ru_utime.tv_sec + used.ru_utime.tv_usec / 1e6 + used.ru_stime.tv_sec +
             used.ru_stime.tv_usec / 1e6);
    reply(c, "200 OK", "", body);
}

static void control(const char *query, size_t n) {
    char text[512], *at;
    snprintf(text, sizeof text, "%.*s", (int)(n < 500 ? n : 500), query);
    if ((at = strstr(text, "latency="))) latency_ms = atof(at + 8);
    if ((at = strstr(text, "sigma="))) sigma = atof(at + 6);
    if ((at = strstr(text, "err="))) error_share = atof(at + 4);
    if (strstr(text, "reset=1")) {
        memset(row_calls, 0, MAX_ROWS * sizeof *row_calls);
        memset(row_answers, 0, MAX_ROWS * sizeof *row_answers);
        calls = answers = errors = unmarked = max_in_flight = connections = 0;
        first_ms = last_ms = 0;
    }
}

static void call(conn *c, const char *body, size_t n) {
    double now = now_ms();
    if (!calls++) first_ms = now;
    const char *mark = memmem(body, n, "ROWID-", 6);
    c->row = mark && mark + 14 <= body + n ? strtol(mark + 6, NULL, 10) : -1;
    if (c->row < 0 || c->row >= MAX_ROWS) { c->row = -1; unmarked++; }
    else if (row_calls[c->row] < 65535) row_calls[c->row]++;
    c->body_bytes = n;
    c->fails = error_share > 0 && uniform() < error_share;
    c->waiting = 1;
    if (++in_flight > max_in_flight) max_in_flight = in_flight;
    double wait = sigma > 0 ? latency_ms * exp(sigma * normal()) : latency_ms;
    if (wait > 0) push(now + wait, c);
    else answer(c);
}

/* Use up whole requests; returns 0 if the connection is broken. */
static int take(conn *c) {
    while (!c->waiting) {
        char *end = memmem(c->in, c->have, "\r\n\r\n", 4);
        if (!end) return c->have < (1 << 20);
        size_t head = end - c->in + 4, body = 0;
        for (char *line = c->in; line < end; line = (char *)memchr(line, '\n', end - line + 2) + 1)
            if (!strncasecmp(line, "content-length:", 15)) body = strtoul(line + 15, NULL, 10);
        if (c->have < head + body) return 1;
        if (!strncmp(c->in, "POST ", 5)) call(c, c->in + head, body);
        else if (!strncmp(c->in, "GET /stats", 10)) report(c);
        else if (!strncmp(c->in, "GET /ctl", 8)) { control(c->in, end - c->in); report(c); }
        else reply(c, "200 OK", "", "{\"object\":\"list\",\"data\":[{\"id\":\"loopback-1\",\"object\":\"model\"}]}");
        c->have -= head + body;
        memmove(c->in, c->in + head + body, c->have);
    }
    return 1;
}

static void receive(conn *c) {
    for (;;) {
        if (c->have + 4096 > c->room) c->in = realloc(c->in, c->room *= 2);
        ssize_t got = read(c->fd, c->in + c->have, c->room - c->have);
        if (got > 0) { c->have += got; continue; }
        if (got < 0 && errno == EAGAIN) break;
        hang_up(c);
        return;
    }
    if (!take(c)) hang_up(c);
}

static void welcome(int listener) {
    int fd, one = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        if (fd >= MAX_FDS) { close(fd); continue; }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        conn *c = calloc(1, sizeof *c);
        *c = (conn){.fd = fd, .in = malloc(FIRST_BUFFER), .room = FIRST_BUFFER};
        by_fd[fd] = c;
        connections++;
        epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN, .data.fd = fd});
    }
}

int main(int count, char **args) {
    int port = count > 1 ? atoi(args[1]) : 0, one = 1;
    latency_ms = count > 2 ? atof(args[2]) : 0;
    sigma = count > 3 ? atof(args[3]) : 0;
    error_share = count > 4 ? atof(args[4]) : 0;
    signal(SIGPIPE, SIG_IGN);
    row_calls = calloc(MAX_ROWS, sizeof *row_calls);
    row_answers = calloc(MAX_ROWS, sizeof *row_answers);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (void *)&address, sizeof address) || listen(listener, 4096)) { perror("loopback"); return 1; }
    getsockname(listener, (void *)&address, &size);
    printf("ready %d\n", ntohs(address.sin_port));
    fflush(stdout);
    poll_fd = epoll_create1(0);
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, listener, &(struct epoll_event){.events = EPOLLIN, .data.fd = listener});
    static struct epoll_event seen[1024];
    for (;;) {
        int wait_ms = timers ? (int)fmax(0, ceil(heap[0].due - now_ms())) : 1000;
        int n = epoll_wait(poll_fd, seen, 1024, wait_ms);
        for (int i = 0; i < n; i++) {
            if (seen[i].data.fd == listener) { welcome(listener); continue; }
            conn *c = by_fd[seen[i].data.fd];
            if (c && (seen[i].events & EPOLLOUT)) flush_out(c);
            if (c && (seen[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))) receive(c);
        }
        for (double now = now_ms(); timers && heap[0].due <= now;) {
            timer ripe = pop();
            if (ripe.birth != births[ripe.fd]) continue;
            conn *c = by_fd[ripe.fd];
            answer(c);
            if (!take(c)) hang_up(c);
        }
        if (getppid() == 1) return 0; /* whoever started us is gone */
    }
}
