/* SPDX-License-Identifier: Apache-2.0 */
#include "fault.h"

#include "base/error.h"
#include "base/text.h"

#include <stdlib.h>

/* Mixes a number well (splitmix64's finaliser, by Sebastiano Vigna, public domain). */
static uint64_t mix(uint64_t number)
{
    number += 0x9e3779b97f4a7c15ULL;
    number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9ULL;
    number = (number ^ (number >> 27)) * 0x94d049bb133111ebULL;
    return number ^ (number >> 31);
}

/* In [0, 1): depends on seed, request and question alone. */
static double draw(const dev_faults *faults, uint64_t request, unsigned question)
{
    const uint64_t bits = mix(mix(mix(faults->seed) ^ request) ^ question);
    return (double)(bits >> 11) / 9007199254740992.0;
}

static bool parse_rate(vc_view text, double *rate)
{
    char copy[32], *end;
    if (text.len == 0 || text.len >= sizeof copy)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] != '.' && (text.data[i] < '0' || text.data[i] > '9'))
            return false;
    memcpy(copy, text.data, text.len);
    copy[text.len] = 0;
    *rate = strtod(copy, &end);
    return *end == 0 && *rate >= 0 && *rate <= 1;
}

/* "50ms", "2s", "1m". */
static bool parse_time(vc_view text, uint64_t *milliseconds)
{
    static const struct {
        const char *unit;
        uint64_t factor;
    } units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 } };
    size_t digits = 0;
    while (digits < text.len && text.data[digits] >= '0' && text.data[digits] <= '9')
        digits++;
    uint64_t number;
    if (!vc__parse_uint(vc_view_of(text.data, digits), 86400000, &number))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (vc__view_is(vc_view_of(text.data + digits, text.len - digits), units[i].unit)) {
            *milliseconds = number * units[i].factor;
            return true;
        }
    }
    return false;
}

/* Splits at the first `mark`; false when there is none: all of it is `left`. */
static bool split(vc_view text, const char *mark, vc_view *left, vc_view *right)
{
    const size_t len = strlen(mark);
    for (size_t at = 0; at + len <= text.len; at++) {
        if (memcmp(text.data + at, mark, len) == 0) {
            *left = vc_view_of(text.data, at);
            *right = vc_view_of(text.data + at + len, text.len - at - len);
            return true;
        }
    }
    *left = text;
    *right = vc_view_of(NULL, 0);
    return false;
}

static bool parse_latency(dev_faults *faults, vc_view value)
{
    vc_view low, high;
    const bool range = split(value, "..", &low, &high);
    if (!parse_time(low, &faults->latency_low))
        return false;
    faults->latency_high = faults->latency_low;
    return !range || (parse_time(high, &faults->latency_high) && faults->latency_high >= faults->latency_low);
}

static bool parse_sealed(dev_faults *faults, vc_view value)
{
    vc_view length, after;
    dev_fault_window window = { 0 };
    const bool later = split(value, "@", &length, &after);
    if (faults->window_count == DEV_FAULT_WINDOWS || !parse_time(length, &window.length))
        return false;
    if (later && after.len > 3 && memcmp(after.data + after.len - 3, "req", 3) == 0) {
        window.by_requests = true;
        if (!vc__parse_uint(vc_view_of(after.data, after.len - 3), UINT64_MAX, &window.after))
            return false;
    } else if (later && !parse_time(after, &window.after)) {
        return false;
    }
    faults->windows[faults->window_count++] = window;
    return true;
}

static bool parse_status(dev_faults *faults, vc_view name, vc_view value)
{
    uint64_t status;
    double rate;
    if (!vc__parse_uint(name, 599, &status) || status < 400 || !parse_rate(value, &rate) ||
        faults->status_count == DEV_FAULT_STATUSES)
        return false;
    faults->statuses[faults->status_count++] = (dev_fault_status){ (int)status, rate };
    return true;
}

static const char *const mischief_names[DEV_MISCHIEFS] = {
    [DEV_CUT] = "cut",         [DEV_TRICKLE] = "trickle", [DEV_LENGTH] = "length",     [DEV_HUGE] = "huge",
    [DEV_GARBAGE] = "garbage", [DEV_DEEP] = "deep",       [DEV_REDIRECT] = "redirect",
};

static bool parse_one(dev_faults *faults, vc_view part)
{
    vc_view name, value;
    if (!split(part, "=", &name, &value))
        return false;
    if (vc__view_is(name, "latency"))
        return parse_latency(faults, value);
    if (vc__view_is(name, "sealed"))
        return parse_sealed(faults, value);
    for (int kind = DEV_CUT; kind < DEV_MISCHIEFS; kind++)
        if (vc__view_is(name, mischief_names[kind]))
            return parse_rate(value, &faults->mischief[kind]);
    if (vc__view_is(name, "silence"))
        return parse_rate(value, &faults->silence);
    if (vc__view_is(name, "seed"))
        return vc__parse_uint(value, UINT64_MAX, &faults->seed);
    return parse_status(faults, name, value);
}

vc_code dev_faults_parse(dev_faults *faults, vc_view text, vc_error *err)
{
    dev_faults changed = *faults;
    vc_view part, rest = text;
    while (rest.len) {
        split(rest, ",", &part, &rest);
        if (!parse_one(&changed, part))
            return vc__error(err, VC_E_CONFIG,
                             "fault \"%.*s\": not one of latency=50ms, latency=20ms..80ms, 429=0.05, "
                             "cut=0.01, silence=0.01, trickle=0.01, length=0.01, huge=0.01, garbage=0.01, "
                             "deep=0.01, redirect=0.01, sealed=2s@5s, sealed=2s@100req, seed=7",
                             (int)(part.len < 80 ? part.len : 80), part.data);
    }
    *faults = changed;
    return VC_OK;
}

void dev_faults_begin(dev_faults *faults, uint64_t now)
{
    faults->started = now;
    faults->requests = 0;
    for (size_t i = 0; i < faults->window_count; i++)
        faults->windows[i].opened = 0;
}

bool dev_faults_sealed(const dev_faults *faults, uint64_t now)
{
    for (size_t i = 0; i < faults->window_count; i++) {
        const dev_fault_window *window = &faults->windows[i];
        const uint64_t begin = window->by_requests ? window->opened : faults->started + window->after;
        if (window->by_requests && window->opened == 0)
            continue;
        if (now >= begin && now < begin + window->length)
            return true;
    }
    return false;
}

dev_fate dev_faults_next(dev_faults *faults, uint64_t now)
{
    enum { LATENCY, CUT, SILENCE, STATUS, MISCHIEF = 100 };
    const uint64_t request = faults->requests++;
    dev_fate fate = { .number = request };
    for (size_t i = 0; i < faults->window_count; i++) {
        dev_fault_window *window = &faults->windows[i];
        if (window->by_requests && window->opened == 0 && request >= window->after)
            window->opened = now ? now : 1;
    }
    const double span = (double)(faults->latency_high - faults->latency_low + 1);
    fate.latency = faults->latency_low + (uint64_t)(draw(faults, request, LATENCY) * span);
    if (fate.latency > faults->latency_high)
        fate.latency = faults->latency_high;
    for (int kind = DEV_CUT; kind < DEV_MISCHIEFS && !fate.mischief; kind++)
        if (draw(faults, request, kind == DEV_CUT ? CUT : MISCHIEF + (unsigned)kind) < faults->mischief[kind])
            fate.mischief = (dev_mischief)kind;
    fate.silent = draw(faults, request, SILENCE) < faults->silence;
    for (size_t i = 0; i < faults->status_count && !fate.status; i++)
        if (draw(faults, request, STATUS + (unsigned)i) < faults->statuses[i].rate)
            fate.status = faults->statuses[i].status;
    return fate;
}
