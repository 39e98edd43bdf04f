package main

import (
	"context"
	"fmt"
	"time"

	"github.com/skein-dev/skein/hack/demo/internal/show"
)

// pollEvery is how often a condition is looked at.
const pollEvery = 250 * time.Millisecond

// wait looks until it is so, at most that long. What look saw last is shown as progress, and stands in the error.
func (d *demo) wait(ctx context.Context, what string, limit time.Duration, look func(context.Context) (done bool, saw string)) error {
	began := time.Now()
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	defer d.out.Close()
	for {
		done, saw := look(ctx)
		took := time.Since(began)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("waiting for %s: %w", what, ctx.Err())
		case done:
			return nil
		case took > limit:
			return fmt.Errorf("waiting for %s: not so after %s; last seen: %s", what, show.Seconds(took), saw)
		}
		d.out.Progress("%s (%.0f s): %s", what, took.Seconds(), saw)
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
}

// during runs something long that says nothing itself, and shows that it still runs.
func (d *demo) during(ctx context.Context, what string, work func() error) error {
	finished := make(chan error, 1)
	go func() { finished <- work() }()
	began := time.Now()
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	defer d.out.Close()
	for {
		select {
		case err := <-finished:
			if err == nil {
				err = ctx.Err()
			}
			return err
		case <-ticker.C:
			d.out.Progress("%s (%.0f s)", what, time.Since(began).Seconds())
		}
	}
}
