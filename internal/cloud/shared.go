package cloud

import (
	"context"
	"errors"
	"sync"
	"time"

	"k8s.io/utils/clock"
)

// shared keeps what many objects want to know: a value is read once for all that ask at the same time, and kept for all
// that ask later. Failed reads are not kept.
type shared[K comparable, T any] struct {
	clock clock.PassiveClock
	// keep says how long a value is good at most; nil or 0: until someone asks for a newer one.
	keep func(T) time.Duration

	mu      sync.Mutex
	flights map[K]*flight[T]
}

// flight is one read, under way until done is closed.
type flight[T any] struct {
	begun time.Time
	done  chan struct{}
	// The following are set before done is closed.
	value   T
	err     error
	expires time.Time
	// calledOff: the one who read was told to stop, which is no answer for others.
	calledOff bool
}

func newShared[K comparable, T any](c clock.PassiveClock, keep func(T) time.Duration) *shared[K, T] {
	return &shared[K, T]{clock: c, keep: keep, flights: map[K]*flight[T]{}}
}

// get gives a value whose read began at since or later, and when it began.
func (s *shared[K, T]) get(ctx context.Context, key K, since time.Time, read func(context.Context) (T, error)) (T, time.Time, error) {
	for {
		f, mine := s.join(key, since)
		if mine {
			s.fly(ctx, key, f, read)
			return f.value, f.begun, f.err
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			var zero T
			return zero, f.begun, ctx.Err()
		}
		if f.calledOff && ctx.Err() == nil {
			continue
		}
		return f.value, f.begun, f.err
	}
}

// kept gives what was read last; the zero value where nothing is kept.
func (s *shared[K, T]) kept(key K) T {
	s.mu.Lock()
	defer s.mu.Unlock()
	var none T
	f, ok := s.flights[key]
	if !ok {
		return none
	}
	select {
	case <-f.done:
		return f.value
	default:
		return none
	}
}

// join gives the flight of a key, and whether it is the caller's to carry out.
func (s *shared[K, T]) join(key K, since time.Time) (*flight[T], bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	f, ok := s.flights[key]
	if ok && !f.begun.Before(since) && !f.expired(now) {
		return f, false
	}
	f = &flight[T]{begun: now, done: make(chan struct{})}
	s.flights[key] = f
	return f, true
}

func (s *shared[K, T]) fly(ctx context.Context, key K, f *flight[T], read func(context.Context) (T, error)) {
	f.err = errors.New("the read did not return")
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if f.err != nil && s.flights[key] == f {
			delete(s.flights, key)
		}
		close(f.done)
	}()
	f.value, f.err = read(ctx)
	f.calledOff = f.err != nil && ctx.Err() != nil
	if f.err == nil && s.keep != nil {
		if d := s.keep(f.value); d > 0 {
			f.expires = s.clock.Now().Add(d)
		}
	}
}

// expired is asked with the lock held.
func (f *flight[T]) expired(now time.Time) bool {
	select {
	case <-f.done:
		return !f.expires.IsZero() && !now.Before(f.expires)
	default:
		return false
	}
}

// forget drops a key. A read under way still answers those that wait for it, and is not kept.
func (s *shared[K, T]) forget(key K) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.flights, key)
}

// change brings a kept value up to date with a write; a read under way may be older than the write and is not kept.
func (s *shared[K, T]) change(key K, with func(T) T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.flights[key]
	if !ok {
		return
	}
	select {
	case <-f.done:
		next := &flight[T]{begun: f.begun, done: f.done, value: with(f.value), expires: f.expires}
		s.flights[key] = next
	default:
		delete(s.flights, key)
	}
}
