package localaws

import (
	"context"
	"time"
)

// pause is set by a handler that has nothing to answer yet: it is called again, with the lock let go in between, when
// something changed or the time has come. If the context of the request ends meanwhile, what the handler returned with
// the pause is the answer.
type pause struct {
	until time.Time
	// changed brings a token to one of those that wait for the same. Who ends passes it on: the next may find more, or
	// must know of an earlier time.
	changed chan struct{}
}

// pass leaves a token, unless there is one.
func pass(changed chan struct{}) {
	select {
	case changed <- struct{}{}:
	default:
	}
}

// rest waits for the end of the pause of a request and reports whether it should be carried out again, which a restart
// ends too.
func (s *Server) rest(ctx context.Context, rq *request) bool {
	p, now := rq.pause, s.clock.Now()
	timer := s.clock.NewTimer(p.until.Sub(now))
	defer timer.Stop()
	if s.clock.Since(now) > time.Second || !s.clock.Now().Before(p.until) {
		return ctx.Err() == nil // a fake clock was stepped in between, the timer would be late
	}
	select {
	case <-p.changed:
	case <-rq.life:
	case <-timer.C():
	case <-ctx.Done():
		return false
	}
	return ctx.Err() == nil
}
