/* Signatures of requests to object storage: the published examples, each with its published signature. */
#include "base/sigv4.h"
#include "base/time.h"
#include "tests/support/check.h"

#define EMPTY STR("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
#define HOST {STR("host"), STR("examplebucket.s3.amazonaws.com")}
#define DATE {STR("x-amz-date"), STR("20130524T000000Z")}

struct example {
    str method, path, payload, signature;
    struct pair query[2];
    size_t query_count;
    struct pair headers[5];
    size_t header_count;
};

/* "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)", Amazon S3 API Reference. */
static const struct example of_s3[] = {
    {STR("GET"), STR("/test.txt"), EMPTY, STR("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"), {{{0}, {0}}}, 0,
     {HOST, {STR("range"), STR("bytes=0-9")}, {STR("x-amz-content-sha256"), EMPTY}, DATE}, 4},
    {STR("PUT"), STR("/test%24file.text"), STR("44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"),
     STR("98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"), {{{0}, {0}}}, 0,
     {{STR("date"), STR("Fri, 24 May 2013 00:00:00 GMT")}, HOST,
      {STR("x-amz-content-sha256"), STR("44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072")}, DATE,
      {STR("x-amz-storage-class"), STR("REDUCED_REDUNDANCY")}}, 5},
    {STR("GET"), STR("/"), EMPTY, STR("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"), {{STR("lifecycle"), STR("")}}, 1,
     {HOST, {STR("x-amz-content-sha256"), EMPTY}, DATE}, 3},
    {STR("GET"), STR("/"), EMPTY, STR("34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
     {{STR("prefix"), STR("J")}, {STR("max-keys"), STR("2")}}, 2,
     {HOST, {STR("x-amz-content-sha256"), EMPTY}, DATE}, 3},
};

static void the_examples_of_s3_are_signed_alike(void **state)
{
    static const struct sigv4_key key = {STR("AKIAIOSFODNN7EXAMPLE"), STR("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), STR("us-east-1"), STR("s3")};
    struct arena *a = arena_open(4096);
    int64_t at_ms = 0;
    (void)state;
    NEED(time_read(S("2013-05-24T00:00:00Z"), &at_ms));
    for (size_t i = 0; i < COUNTOF(of_s3); i++) {
        const struct example *e = &of_s3[i];
        const struct sigv4_request r = {e->method, e->path, e->query, e->query_count, e->headers, e->header_count, e->payload, at_ms};
        str said = sigv4_authorization(a, &key, &r);
        CHECK_AT(i);
        CHECK(str_starts(said, S("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=")));
        CHECK_STR(str_slice(said, said.len - 64, said.len), e->signature);
    }
    arena_close(a);
}

/* "get-vanilla" of the AWS Signature Version 4 test suite. */
static void the_suites_plain_request_is_signed_alike(void **state)
{
    static const struct sigv4_key key = {STR("AKIDEXAMPLE"), STR("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), STR("us-east-1"), STR("service")};
    static const struct pair headers[] = {{STR("host"), STR("example.amazonaws.com")}, {STR("x-amz-date"), STR("20150830T123600Z")}};
    struct arena *a = arena_open(4096);
    struct sigv4_request r = {STR("GET"), STR("/"), NULL, 0, headers, COUNTOF(headers), EMPTY, 0};
    (void)state;
    NEED(time_read(S("2015-08-30T12:36:00Z"), &r.at_ms));
    CHECK_STR(sigv4_authorization(a, &key, &r),
              S("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request,SignedHeaders=host;x-amz-date,"
                "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"));
    arena_close(a);
}

static void what_is_no_letter_is_encoded(void **state)
{
    static const struct pair query[] = {{STR("b"), STR("x y/z")}, {STR("a"), STR("=&")}, {STR("a"), STR("")}};
    struct arena *a = arena_open(4096);
    (void)state;
    CHECK_STR(sigv4_path(a, S("/bucket/a b/c+d~e")), S("/bucket/a%20b/c%2Bd~e"));
    CHECK_STR(sigv4_query(a, query, COUNTOF(query)), S("a=&a=%3D%26&b=x%20y%2Fz"));
    arena_close(a);
}

CHECK_MAIN(TEST(the_examples_of_s3_are_signed_alike), TEST(the_suites_plain_request_is_signed_alike), TEST(what_is_no_letter_is_encoded))
