package cloud

import (
	"context"
	"errors"
	"testing"
	"time"

	clocktesting "k8s.io/utils/clock/testing"
)

// slow is a read that the test lets go on.
type slow struct {
	begun, goOn chan struct{}
	reads       int
}

func newSlow() *slow { return &slow{begun: make(chan struct{}, 10), goOn: make(chan struct{})} }

func (s *slow) read(ctx context.Context) (int, error) {
	s.reads++
	n := s.reads
	s.begun <- struct{}{}
	select {
	case <-s.goOn:
		return n, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

type answer struct {
	value int
	err   error
}

// ask gets a key on a goroutine of its own.
func ask(ctx context.Context, s *shared[string, int], since time.Time, read func(context.Context) (int, error)) <-chan answer {
	out := make(chan answer, 1)
	go func() {
		v, _, err := s.get(ctx, "k", since, read)
		out <- answer{v, err}
	}()
	return out
}

// waiting tells when someone has begun to wait.
type waiting struct {
	context.Context
	begun chan struct{}
}

func (w waiting) Done() <-chan struct{} {
	select {
	case w.begun <- struct{}{}:
	default:
	}
	return w.Context.Done()
}

func TestACalledOffReadIsNoAnswerForOthers(t *testing.T) {
	s, r := newShared[string, int](clocktesting.NewFakeClock(time.Now()), nil), newSlow()
	ctx, cancel := context.WithCancel(t.Context())
	first := ask(ctx, s, time.Time{}, r.read)
	<-r.begun
	waits := make(chan struct{}, 1)
	second := ask(waiting{t.Context(), waits}, s, time.Time{}, r.read)
	<-waits
	cancel()
	if got := <-first; !errors.Is(got.err, context.Canceled) {
		t.Errorf("the one who was called off: %+v", got)
	}
	select {
	case <-r.begun:
	case got := <-second:
		t.Fatalf("the other did not read itself: %+v", got)
	}
	close(r.goOn)
	if got := <-second; got.err != nil || got.value != 2 {
		t.Errorf("the other: %+v", got)
	}
}

func TestWhoWaitsCanLeave(t *testing.T) {
	s, r := newShared[string, int](clocktesting.NewFakeClock(time.Now()), nil), newSlow()
	first := ask(t.Context(), s, time.Time{}, r.read)
	<-r.begun
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := <-ask(ctx, s, time.Time{}, r.read); !errors.Is(got.err, context.Canceled) {
		t.Errorf("%+v", got)
	}
	close(r.goOn)
	if got := <-first; got.err != nil || got.value != 1 || r.reads != 1 {
		t.Errorf("%+v after %d reads", got, r.reads)
	}
}

func TestAFailedReadIsNotKept(t *testing.T) {
	s := newShared[string, int](clocktesting.NewFakeClock(time.Now()), nil)
	failed := errors.New("no")
	if _, _, err := s.get(t.Context(), "k", time.Time{}, func(context.Context) (int, error) { return 0, failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
	if v, _, err := s.get(t.Context(), "k", time.Time{}, func(context.Context) (int, error) { return 7, nil }); v != 7 || err != nil {
		t.Error(v, err)
	}
}

func TestAReadThatPanicsLeavesNobodyWaiting(t *testing.T) {
	s := newShared[string, int](clocktesting.NewFakeClock(time.Now()), nil)
	func() {
		defer func() { _ = recover() }()
		_, _, _ = s.get(t.Context(), "k", time.Time{}, func(context.Context) (int, error) { panic("no") })
	}()
	if v, _, err := s.get(t.Context(), "k", time.Time{}, func(context.Context) (int, error) { return 7, nil }); v != 7 || err != nil {
		t.Error(v, err)
	}
}

func TestAReadUnderWayIsNotKeptPastAWrite(t *testing.T) {
	for name, write := range map[string]func(*shared[string, int]){
		"forget": func(s *shared[string, int]) { s.forget("k") },
		"change": func(s *shared[string, int]) { s.change("k", func(int) int { return 9 }) },
	} {
		t.Run(name, func(t *testing.T) {
			s, r := newShared[string, int](clocktesting.NewFakeClock(time.Now()), nil), newSlow()
			first := ask(t.Context(), s, time.Time{}, r.read)
			<-r.begun
			write(s)
			close(r.goOn)
			<-first
			if got := <-ask(t.Context(), s, time.Time{}, r.read); got.value != 2 {
				t.Errorf("%+v: older than the write", got)
			}
		})
	}
}

func TestAReadUnderWayIsTooOldForWhoWantsANewerOne(t *testing.T) {
	clock := clocktesting.NewFakeClock(time.Now())
	s, r := newShared[string, int](clock, nil), newSlow()
	first := ask(t.Context(), s, clock.Now(), r.read)
	<-r.begun
	clock.Step(time.Second)
	second := ask(t.Context(), s, clock.Now(), r.read)
	<-r.begun
	close(r.goOn)
	if a, b := <-first, <-second; a.value != 1 || b.value != 2 {
		t.Errorf("%+v, %+v", a, b)
	}
	if got := <-ask(t.Context(), s, clock.Now(), r.read); got.value != 2 {
		t.Errorf("kept %+v", got)
	}
}
