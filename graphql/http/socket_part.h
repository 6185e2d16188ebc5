#ifndef GRAPHQL_HTTP_SOCKET_PART_H
#define GRAPHQL_HTTP_SOCKET_PART_H
#include "base/websocket.h"
#include "graphql/http/subscription.h"

/* What socket.c, the connection, and socket_says.c, its messages (graphql-transport-ws; graphql.md 11), share; nobody else includes
 * this. Everything of a socket is one thread's, which sleeps until there are bytes or news. */

enum { CLOSE_BAD_MESSAGE = 4400, CLOSE_UNAUTHORIZED = 4401, CLOSE_FORBIDDEN = 4403, CLOSE_PROTOCOL = 4406, CLOSE_INIT_LATE = 4408,
       CLOSE_SAME_ID = 4409, CLOSE_INIT_TWICE = 4429 };

struct socket_operation {
    struct socket_operation *next;
    struct arena *arena;              /* of all of it */
    size_t bytes;                     /* in there, when it began */
    str id;
    struct gql_request request;
    struct gql_subscription *subscription;
};

struct gql_socket {
    struct graphql *g;
    const struct gql_dialect *dialect;
    struct exchange *x;               /* the connection */
    const struct exchange *head;      /* x's, and what connection_init said of credentials */
    struct stay *stay;
    struct websocket in;
    struct buf out;                   /* one frame */
    struct socket_operation *operations;
    size_t operation_count, kept_bytes;
    bool was_greeted;                 /* connection_init has come, */
    bool is_ready;                    /* … and was answered */
    bool may_not_change;              /* his cookie would do, and nobody vouches for it (security B-4) */
    bool has_more;                    /* to be told at once */
    bool is_gone, said_goodbye;       /* the client */
    unsigned code;                    /* to close it with; 0: it goes on */
    const char *reason;
    int64_t began_us, heard_us, pinged_us;
};

/* It is to end; the first reason counts. */
void socket_end(struct gql_socket *s, unsigned code, const char *reason);
/* A message of one type: open, then what belongs there behind a comma, then send. id {0}: none. */
struct buf *socket_open(struct gql_socket *s, const char *type, str id);
void socket_send(struct gql_socket *s);
/* One of his. */
void socket_hear(struct gql_socket *s, str text);
/* News for those who subscribed. */
void socket_tell(struct gql_socket *s);
void socket_drop_all(struct gql_socket *s);

#endif
