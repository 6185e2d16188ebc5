#include "content/model/english.h"

#include "base/buf.h"

/* Rows are looked at in order, whole words first. A row that changes renames types that somebody uses: rows come, and stay. */
static const struct {
    str one, many;
} irregular[] = {
    {STR("person"), STR("people")},
    {STR("man"), STR("men")},
    {STR("woman"), STR("women")},
    {STR("child"), STR("children")},
    {STR("foot"), STR("feet")},
    {STR("tooth"), STR("teeth")},
    {STR("goose"), STR("geese")},
    {STR("mouse"), STR("mice")},
    {STR("ox"), STR("oxen")},
    {STR("index"), STR("indices")},
    {STR("vertex"), STR("vertices")},
    {STR("matrix"), STR("matrices")},
    {STR("appendix"), STR("appendices")},
    {STR("criterion"), STR("criteria")},
    {STR("phenomenon"), STR("phenomena")},
    {STR("curriculum"), STR("curricula")},
    {STR("analysis"), STR("analyses")},
    {STR("crisis"), STR("crises")},
    {STR("thesis"), STR("theses")},
    {STR("hypothesis"), STR("hypotheses")},
    {STR("diagnosis"), STR("diagnoses")},
    {STR("oasis"), STR("oases")},
    {STR("axis"), STR("axes")},
    {STR("basis"), STR("bases")},
    {STR("cactus"), STR("cacti")},
    {STR("alumnus"), STR("alumni")},
    {STR("stimulus"), STR("stimuli")},
    {STR("wolf"), STR("wolves")},
    {STR("half"), STR("halves")},
    {STR("shelf"), STR("shelves")},
    {STR("calf"), STR("calves")},
    {STR("leaf"), STR("leaves")},
    {STR("loaf"), STR("loaves")},
    {STR("thief"), STR("thieves")},
    {STR("scarf"), STR("scarves")},
    {STR("knife"), STR("knives")},
    {STR("life"), STR("lives")},
    {STR("wife"), STR("wives")},
    {STR("hero"), STR("heroes")},
    {STR("potato"), STR("potatoes")},
    {STR("tomato"), STR("tomatoes")},
    {STR("echo"), STR("echoes")},
    {STR("veto"), STR("vetoes")},
    {STR("embargo"), STR("embargoes")},
    {STR("movie"), STR("movies")},
    {STR("cookie"), STR("cookies")},
    {STR("selfie"), STR("selfies")},
    {STR("calorie"), STR("calories")},
    {STR("zombie"), STR("zombies")},
    {STR("quiz"), STR("quizzes")},
    {STR("cache"), STR("caches")},
    {STR("axe"), STR("axes")},
    {STR("menu"), STR("menus")},
    {STR("bureau"), STR("bureaus")},
    {STR("guru"), STR("gurus")},
    {STR("taxi"), STR("taxis")},
    {STR("ski"), STR("skis")},
    {STR("emoji"), STR("emojis")},
    {STR("wiki"), STR("wikis")},
    {STR("api"), STR("apis")},
    {STR("kpi"), STR("kpis")},
    {STR("alias"), STR("aliases")},
    {STR("atlas"), STR("atlases")},
    {STR("bias"), STR("biases")},
    {STR("canvas"), STR("canvases")},
    {STR("gas"), STR("gases")},
    {STR("status"), STR("statuses")},
    {STR("virus"), STR("viruses")},
    {STR("bonus"), STR("bonuses")},
    {STR("bus"), STR("buses")},
    {STR("campus"), STR("campuses")},
    {STR("census"), STR("censuses")},
    {STR("chorus"), STR("choruses")},
    {STR("lens"), STR("lenses")},
    {STR("radius"), STR("radii")},
    {STR("elf"), STR("elves")},
    {STR("self"), STR("selves")},
    {STR("volcano"), STR("volcanoes")},
    {STR("mango"), STR("mangoes")},
    {STR("headache"), STR("headaches")},
    {STR("avalanche"), STR("avalanches")},
    {STR("hoodie"), STR("hoodies")},
    {STR("smoothie"), STR("smoothies")},
    {STR("brownie"), STR("brownies")},
    {STR("rookie"), STR("rookies")},
};

/* The same for one and for many. */
static const str unchanging[] = {
    STR("news"),     STR("series"),    STR("species"),   STR("sheep"),    STR("fish"),     STR("deer"),    STR("aircraft"),
    STR("data"),     STR("metadata"),  STR("media"),     STR("equipment"), STR("information"), STR("feedback"), STR("software"),
    STR("hardware"), STR("staff"),     STR("police"),    STR("music"),    STR("homework"), STR("means"),   STR("headquarters"),
    STR("physics"),  STR("mathematics"), STR("politics"), STR("economics"), STR("analytics"), STR("statistics"), STR("chaos"),
    STR("sms"),      STR("dns"),       STR("gps"),       STR("cms"),      STR("personnel"),
};

/* Endings of plurals and what stands there in the singular. */
static const struct {
    str many, one;
} endings[] = {
    {STR("sses"), STR("ss")}, {STR("shes"), STR("sh")}, {STR("tches"), STR("tch")}, {STR("nches"), STR("nch")},
    {STR("rches"), STR("rch")}, {STR("aches"), STR("ach")}, {STR("eeches"), STR("eech")}, {STR("wiches"), STR("wich")},
    {STR("xes"), STR("x")}, {STR("zzes"), STR("zz")}, {STR("ies"), STR("y")},
};
/* Words that end like this are no plurals. */
static const str single_endings[] = {STR("ss"), STR("us"), STR("is")};

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static str lower(struct arena *a, str s)
{
    char *at = arena_get(a, s.len + 1, 1);
    for (size_t i = 0; i < s.len; i++)
        at[i] = (char)(is_upper(s.at[i]) ? s.at[i] + 32 : s.at[i]);
    return (str){at, s.len};
}

/* Where the last word begins: behind the last '_', or at the last capital letter that follows a small one. */
static size_t last_word(str name)
{
    size_t from = 0;
    for (size_t i = 1; i < name.len; i++)
        if (name.at[i - 1] == '_' || (is_upper(name.at[i]) && !is_upper(name.at[i - 1])))
            from = i;
    return from;
}

static bool is_unchanging(str word)
{
    for (size_t i = 0; i < COUNTOF(unchanging); i++)
        if (str_equal(unchanging[i], word))
            return true;
    return false;
}

/* The name with another last word; its first letter keeps its case. */
static str with_word(struct arena *a, str name, size_t from, str word)
{
    char *at = arena_get(a, from + word.len + 1, 1);
    memcpy(at, name.at, from);
    memcpy(at + from, word.at, word.len);
    if (is_upper(name.at[from]) && word.at[0] >= 'a' && word.at[0] <= 'z')
        at[from] = (char)(word.at[0] - 32);
    return (str){at, from + word.len};
}

static str with_ending(struct arena *a, str name, size_t drop, str ending)
{
    return arena_format(a, STR_FMT STR_FMT, STR_ARG(str_slice(name, 0, name.len - drop)), STR_ARG(ending));
}

str english_singular(struct arena *a, str name)
{
    size_t from = last_word(name);
    str word = lower(a, str_slice(name, from, name.len));
    if (is_unchanging(word))
        return name;
    for (size_t i = 0; i < COUNTOF(irregular); i++) {
        if (str_equal(irregular[i].many, word))
            return with_word(a, name, from, irregular[i].one);
        if (str_equal(irregular[i].one, word))
            return name;
    }
    for (size_t i = 0; i < COUNTOF(endings); i++)
        if (word.len > endings[i].many.len + (endings[i].one.at[0] == 'y') && str_ends(word, endings[i].many))
            return with_ending(a, name, endings[i].many.len, endings[i].one);
    for (size_t i = 0; i < COUNTOF(single_endings); i++)
        if (str_ends(word, single_endings[i]))
            return name;
    return word.len > 2 && str_ends(word, S("s")) ? str_slice(name, 0, name.len - 1) : name;
}

static bool is_vowel(char c)
{
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u';
}

str english_plural(struct arena *a, str name)
{
    static const str hissing[] = {STR("s"), STR("x"), STR("z"), STR("ch"), STR("sh")};
    size_t from = last_word(name);
    str word = lower(a, str_slice(name, from, name.len));
    if (word.len == 0 || is_unchanging(word))
        return name;
    for (size_t i = 0; i < COUNTOF(irregular); i++)
        if (str_equal(irregular[i].one, word))
            return with_word(a, name, from, irregular[i].many);
    if (word.len > 1 && str_ends(word, S("y")) && !is_vowel(word.at[word.len - 2]))
        return with_ending(a, name, 1, S("ies"));
    for (size_t i = 0; i < COUNTOF(hissing); i++)
        if (str_ends(word, hissing[i]))
            return with_ending(a, name, 0, S("es"));
    return with_ending(a, name, 0, S("s"));
}
