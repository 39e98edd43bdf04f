package main

import (
	"context"
	"fmt"
	"maps"

	"github.com/skein-dev/skein/internal/localaws"
)

// world is an empty AWS for one attempt at a case.
type world struct {
	server *localaws.Server
	clock  hastyClock
	ids    *ids
}

func newWorld(calls ...call) *world {
	clock := newHastyClock()
	return &world{server: localaws.New(localaws.WithClock(clock)), clock: clock, ids: newIDs(calls)}
}

// attempts makes calls against an empty AWS and returns how the answer of the last one differs from what is expected,
// nil if it does not. A call before the last that fails is a difference too.
//
// Case files do not say how much time passed between calls. Where calls start something that goes on by itself, the
// answer agrees if there are pauses with which it is the expected one, see plans; else the answer without pauses is
// the one reported.
func attempts(ctx context.Context, calls []call, expect expectation) error {
	first := attempt(ctx, calls, expect, nil)
	if first == nil {
		return nil
	}
	for _, p := range plans(calls) {
		if attempt(ctx, calls, expect, p) == nil {
			return nil
		}
	}
	return first
}

func attempt(ctx context.Context, calls []call, expect expectation, p pauses) error {
	w := newWorld(calls...)
	last := len(calls) - 1
	for i, c := range calls[:last] {
		w.clock.Step(p[i])
		if got := w.call(ctx, c); got.err != nil {
			return fmt.Errorf("setting up, call %d, %s: %w", i+1, c.Op, got.err)
		}
	}
	w.clock.Step(p[last])
	return expect.compare(w.lastCall(ctx, calls[last], expect))
}

// lastCall makes the call under test. A token to go on with is synthetic in the case file, unless AWS refused it: the
// one that came last takes its place, or the one of a first page.
func (w *world) lastCall(ctx context.Context, c call, expect expectation) answer {
	if _, paged := c.Params["NextToken"].(string); paged && expect.Error == nil && expect.ErrorMatches == nil {
		came := w.ids.answered["next-token"]
		if len(came) == 0 {
			first := c
			first.Params = maps.Clone(c.Params)
			delete(first.Params, "NextToken")
			w.call(ctx, first)
			came = w.ids.answered["next-token"]
		}
		if len(came) > 0 {
			c = c.with("NextToken", came[len(came)-1])
		}
	}
	got := w.call(ctx, c)
	if expect.Pages != nil {
		got = w.allPages(ctx, c, got)
	}
	return got
}
