package main

import (
	"time"

	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"
)

// hastyClock stands still until something waits for it, and then is where that waits for, at once: long polls end as
// soon as they begin.
type hastyClock struct{ *clocktesting.FakeClock }

func newHastyClock() hastyClock {
	return hastyClock{clocktesting.NewFakeClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))}
}

// NewTimer implements clock.Clock.
func (c hastyClock) NewTimer(d time.Duration) clock.Timer {
	timer := c.FakeClock.NewTimer(d)
	c.Step(d)
	return timer
}

// After implements clock.Clock.
func (c hastyClock) After(d time.Duration) <-chan time.Time { return c.NewTimer(d).C() }
