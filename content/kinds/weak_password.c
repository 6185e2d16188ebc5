/* Passwords that everybody tries first (PW-3). Not a list of so many thousand entries but what makes them up: a word
 * that many take, with digits and signs around it and in place of letters; the same again and again; rows of the
 * alphabet, of digits and of the keyboard; the account's own name. The words are ours, from what such lists have
 * in common. */
#include "content/kind.h"

/* In small letters, disguises taken off. */
static const str words[] = {
    STR("access"), STR("admin"), STR("administrator"), STR("amanda"), STR("america"), STR("andrea"), STR("andrew"),
    STR("angel"), STR("anthony"), STR("apple"), STR("arsenal"), STR("ashley"), STR("august"), STR("austin"),
    STR("autumn"), STR("bailey"), STR("banana"), STR("barcelona"), STR("baseball"), STR("basketball"), STR("batman"),
    STR("bitcoin"), STR("bubbles"), STR("buster"), STR("butterfly"), STR("changeit"), STR("changeme"), STR("charlie"),
    STR("cheese"), STR("chelsea"), STR("chocolate"), STR("christian"), STR("cockpit"), STR("computer"), STR("cookie"),
    STR("corvette"), STR("daniel"), STR("december"), STR("default"), STR("demo"), STR("diamond"), STR("dragon"),
    STR("einstein"), STR("eminem"), STR("example"), STR("family"), STR("february"), STR("ferrari"), STR("flower"),
    STR("football"), STR("forever"), STR("freedom"), STR("friend"), STR("friends"), STR("george"), STR("ginger"),
    STR("google"), STR("guest"), STR("hallo"), STR("hannah"), STR("harley"), STR("heaven"), STR("hello"),
    STR("hellokitty"), STR("hockey"), STR("hunter"), STR("iloveu"), STR("iloveyou"), STR("internet"), STR("january"),
    STR("jennifer"), STR("jessica"), STR("jesus"), STR("jordan"), STR("joshua"), STR("justin"), STR("kennwort"),
    STR("killer"), STR("letmein"), STR("liverpool"), STR("login"), STR("london"), STR("lovely"), STR("loveme"),
    STR("loveyou"), STR("maggie"), STR("manager"), STR("march"), STR("marina"), STR("martin"), STR("master"),
    STR("matrix"), STR("matthew"), STR("maverick"), STR("mercedes"), STR("michael"), STR("michelle"), STR("mickey"),
    STR("minecraft"), STR("money"), STR("monkey"), STR("morgan"), STR("motdepasse"), STR("mustang"), STR("mypass"),
    STR("mypassword"), STR("naruto"), STR("newyork"), STR("nicole"), STR("ninja"), STR("nothing"), STR("november"),
    STR("october"), STR("oliver"), STR("orange"), STR("pass"), STR("passcode"), STR("password"), STR("passwort"),
    STR("peanut"), STR("pepper"), STR("pokemon"), STR("prince"), STR("princess"), STR("purple"), STR("qwert"),
    STR("qwerty"), STR("qwertyuiop"), STR("ranger"), STR("robert"), STR("root"), STR("samsung"), STR("scooter"),
    STR("secret"), STR("secure"), STR("september"), STR("server"), STR("service"), STR("shadow"), STR("silver"),
    STR("slipknot"), STR("snoopy"), STR("soccer"), STR("sommer"), STR("spiderman"), STR("spring"), STR("starwars"),
    STR("summer"), STR("sunshine"), STR("super"), STR("superman"), STR("superuser"), STR("support"), STR("sysadmin"),
    STR("system"), STR("taylor"), STR("temp"), STR("test"), STR("tester"), STR("testing"), STR("testtest"),
    STR("thomas"), STR("thunder"), STR("tigger"), STR("trustno"), STR("user"), STR("username"), STR("vitrine"),
    STR("welcome"), STR("whatever"), STR("whatsup"), STR("william"), STR("willkommen"), STR("winner"), STR("winter"),
    STR("xbox"), STR("yankees"), STR("zaq"), STR("zxcvbn"), STR("zxcvbnm"),
};

static const str rows[] = {
    STR("abcdefghijklmnopqrstuvwxyz"), STR("01234567890123456789"), STR("qwertyuiopasdfghjklzxcvbnm"), STR("qwertzuiopasdfghjklyxcvbnm"),
    STR("azertyuiopqsdfghjklmwxcvbn"), STR("1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p"), STR("qazwsxedcrfvtgbyhnujmikolp"),
    STR("1q2w3e4r5t6y7u8i9o0p"), STR("q1w2e3r4t5y6u7i8o9p0"), STR("1a2b3c4d5e6f7g8h9i"), STR("a1b2c3d4e5f6g7h8i9"), STR("!@#$%^&*()_+"),
};

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

static bool contains(str row, str s, bool backwards)
{
    for (size_t at = 0; at + s.len <= row.len; at++) {
        size_t i = 0;
        while (i < s.len && row.at[at + i] == s.at[backwards ? s.len - 1 - i : i])
            i++;
        if (i == s.len)
            return true;
    }
    return false;
}

static bool is_row(str s)
{
    for (size_t i = 0; i < COUNTOF(rows); i++)
        if (contains(rows[i], s, false) || contains(rows[i], s, true))
            return true;
    return false;
}

/* "abababab": a beginning that goes on to the end. */
static bool repeats(str s)
{
    for (size_t unit = 1; unit <= s.len / 2; unit++) {
        size_t i = unit;
        while (i < s.len && s.at[i] == s.at[i - unit])
            i++;
        if (i == s.len)
            return true;
    }
    return false;
}

static str without_ends(str s)
{
    size_t from = 0, to = s.len;
    while (to > from && !is_letter(s.at[to - 1]))
        to--;
    while (from < to && !is_letter(s.at[from]))
        from++;
    return str_slice(s, from, to);
}

/* "P4$$w0rd": letters in disguise. */
static str undisguised(struct arena *a, str s)
{
    static const char pairs[] = "0o1l3e4a5s7t@a$s!i|l8b9g";
    char *at = arena_get(a, s.len + 1, 1);
    for (size_t i = 0; i < s.len; i++) {
        at[i] = s.at[i];
        for (size_t k = 0; k + 1 < sizeof pairs - 1; k += 2)
            if (s.at[i] == pairs[k])
                at[i] = pairs[k + 1];
    }
    return (str){at, s.len};
}

static bool is_word(str s)
{
    for (size_t i = 0; i < COUNTOF(words); i++)
        if (str_equal(words[i], s))
            return true;
    return false;
}

static bool is_name(str s, str name)
{
    str local, domain;
    (void)str_cut(name, '@', &local, &domain);
    return name.len >= 3 && (str_equal_nocase(s, name) || str_equal_nocase(s, local) || str_equal_nocase(without_ends(s), local));
}

bool password_is_weak(struct arena *a, str plain, const str *names, size_t name_count)
{
    char *at = arena_get(a, plain.len + 1, 1);
    for (size_t i = 0; i < plain.len; i++)
        at[i] = small(plain.at[i]);
    str s = {at, plain.len};
    bool weak = is_row(s) || repeats(s) || is_word(s) || is_word(without_ends(s)) || is_word(without_ends(undisguised(a, without_ends(s)))) ||
                is_word(undisguised(a, s));
    for (size_t i = 0; i < name_count; i++)
        weak |= is_name(s, names[i]);
    return weak;
}
