/* Where a file is: the address that the content API serves it at, and for pictures what is to be made of it
 * (docs/upload.md). Whoever reads the field `blob` may have the bytes; others have no address. */
#include "graphql/own/schema.h"

struct word {
    str name, spelling;               /* in the schema; in the query string, the value's meaning */
};
static const struct word modes[] = {{STR("THUMBNAIL"), STR("thumbnail")},
                                    {STR("BEST_FIT"), STR("bestFit")},
                                    {STR("RESIZE"), STR("resize")},
                                    {STR("FIT_TO_WIDTH"), STR("fitToWidth")},
                                    {STR("FIT_TO_HEIGHT"), STR("fitToHeight")}};
static const struct word formats[] = {{STR("AUTO"), STR("auto")}, {STR("JPEG"), STR("jpeg")}, {STR("PNG"), STR("png")},
                                      {STR("WEBP"), STR("webp")}, {STR("AVIF"), STR("avif")}, {STR("GIF"), STR("gif")},
                                      {STR("BMP"), STR("bmp")}};
static const struct word presets[] = {{STR("THUMBNAIL"), STR("thumbnail")},
                                      {STR("SMALL"), STR("small")},
                                      {STR("MEDIUM"), STR("medium")},
                                      {STR("LARGE"), STR("large")},
                                      {STR("HERO"), STR("hero")}};
static const struct word crops[] = {{STR("ATTENTION"), STR("attention")},
                                    {STR("ENTROPY"), STR("entropy")},
                                    {STR("CENTRE"), STR("centre")},
                                    {STR("LOW"), STR("low")},
                                    {STR("HIGH"), STR("high")}};

static const struct gql_type *words_type(struct maker *m, str name, const struct word *words, size_t count)
{
    struct gql_type *t = gql_type_make(m->b, GQL_ENUM_TYPE, name, (str){0});
    for (size_t i = t->value_count; i < count; i++)
        gql_add_value(m->b, t, words[i].name, (str){0})->meaning = &words[i].spelling;
    return t;
}

void add_image_address(struct maker *m, struct gql_type *t, const struct collection *assets)
{
    const struct field *blob = collection_field(assets, S("blob"));
    if (!blob || !maker_reads(m, assets, blob) || collection_field(assets, S("url")))
        return;
    struct gql_field *f = gql_add_field(m->b, t, S("url"), gql_type_text(m->b, "URL"),
                                        S("Where the file is; with arguments, a picture that is made of it. Callers without a "
                                          "credential choose a preset."));
    f->meaning = maker_meaning(m, OWN_URL, assets, blob);
    gql_add_argument(m->b, f, S("preset"), words_type(m, S("ImagePreset"), presets, COUNTOF(presets)), (str){0});
    gql_add_argument(m->b, f, S("width"), m->whole, S("In pixels; the height follows."));
    gql_add_argument(m->b, f, S("height"), m->whole, (str){0});
    gql_add_argument(m->b, f, S("mode"), words_type(m, S("ImageMode"), modes, COUNTOF(modes)), S("How it gets that size."));
    gql_add_argument(m->b, f, S("quality"), m->whole, S("1 to 100."));
    gql_add_argument(m->b, f, S("format"), words_type(m, S("ImageFormat"), formats, COUNTOF(formats)), (str){0});
    gql_add_argument(m->b, f, S("focus"), m->text, S("What crops keep: \"0.7 0.6\", \"top left\"."));
    gql_add_argument(m->b, f, S("crop"), words_type(m, S("ImageCrop"), crops, COUNTOF(crops)), S("Lets the cut be found."));
    gql_add_argument(m->b, f, S("download"), m->yes, S("To be saved, not shown."));
}
