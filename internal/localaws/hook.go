package localaws

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"k8s.io/utils/clock"
)

// Hook looks at a call before it is carried out and may bend it. It runs on the goroutine of the request, without
// the server's lock, so it may wait and may call the server.
type Hook func(Call) Fault

// Fault bends one call; the zero value leaves it as it is.
type Fault struct {
	// Latency is waited, in real time, before anything else happens.
	Latency time.Duration
	// Code is the error that is answered in place of the effect, e.g. ThrottlingException.
	Code string
	// Message of that error; empty for a text made of the code.
	Message string
	// Status is its HTTP status; zero for the one that AWS usually sends with the code.
	Status int
	// AfterEffect carries the call out and then answers the error all the same, as if the response had been lost.
	// Without Code the answer is InternalError.
	AfterEffect bool
	// DropConnection closes the connection instead of an answer: before the effect, or after it with AfterEffect. In
	// process, by RoundTripper, the client gets io.ErrUnexpectedEOF; a handler that wraps the server sees a panic of
	// http.ErrAbortHandler.
	DropConnection bool
	// Restart restarts the server at the call, which loses its connection: before its effect, or after it with
	// AfterEffect.
	Restart Memory
	// Lag makes a Get or List answer from the state that was in force so long ago by the server's clock, existence
	// included; at most 10 minutes. Calls that change something ignore it.
	Lag time.Duration
	// Stale makes a Get or List answer from the state before the last write of the resource (of a list: the last
	// write among what it lists), existence included. Calls that change something ignore it. Lag goes before it.
	Stale bool
}

// String names what the fault does, e.g. "latency 1s, code ThrottlingException"; empty for the zero value.
func (f Fault) String() string {
	var all []string
	note := func(does bool, format string, args ...any) {
		if does {
			all = append(all, fmt.Sprintf(format, args...))
		}
	}
	note(f.Latency != 0, "latency %s", f.Latency)
	note(f.Code != "", "code %s", f.Code)
	note(f.DropConnection, "dropConnection")
	note(f.Restart != "", "restart %s", f.Restart)
	note(f.AfterEffect, "afterEffect")
	note(f.Lag != 0, "lag %s", f.Lag)
	note(f.Stale, "stale")
	return strings.Join(all, ", ")
}

// codeLost is answered after the effect where no other code is given.
const codeLost = "InternalError"

// SetHook installs the hook for all following calls; nil removes it.
func (s *Server) SetHook(h Hook) { s.hook.h.Store(&h) }

type hookBox struct{ h atomic.Pointer[Hook] }

func (b *hookBox) fault(call Call) Fault {
	h := b.h.Load()
	if h == nil || *h == nil {
		return Fault{}
	}
	return (*h)(call)
}

// drops reports whether the connection is closed in place of an answer.
func (f Fault) drops() bool { return f.DropConnection || f.Restart != "" }

// refuses reports whether the call has no effect.
func (f Fault) refuses() bool { return !f.AfterEffect && (f.Code != "" || f.drops()) }

// outcome returns the code that the call log shows.
func (f Fault) outcome(err error) string {
	if f.drops() {
		return codeDropped
	}
	return errorCode(err)
}

// drop closes the connection if the fault says so: the HTTP server and the transport know this panic.
func (f Fault) drop() {
	if f.drops() {
		panic(http.ErrAbortHandler)
	}
}

// asError returns the error that the fault asks for, shaped as the service would.
func (f Fault) asError(service string) *apiError {
	code := cmp.Or(f.Code, codeLost)
	message := f.Message
	if message == "" {
		message = code + " injected by the fault hook"
	}
	status := f.Status
	if status == 0 {
		status = usualStatus(service, code)
	}
	return serviceError(service, code, status, "%s", message)
}

// usualStatus is the HTTP status that AWS sends with a code.
func usualStatus(service, code string) int {
	switch {
	case strings.HasPrefix(code, "Internal"):
		return http.StatusInternalServerError
	case code == "ServiceUnavailable":
		return http.StatusServiceUnavailable
	case strings.Contains(code, "AccessDenied"), strings.Contains(code, "Authorization"),
		strings.HasPrefix(code, "InvalidClientToken"), strings.HasPrefix(code, "Signature"),
		strings.HasPrefix(code, "ExpiredToken"), code == "RequestThrottled":
		return http.StatusForbidden
	case code == "NotFound", code == "ResourceNotFound":
		return http.StatusNotFound
	case service == serviceSNS && code == "Throttled":
		return http.StatusTooManyRequests
	default:
		return http.StatusBadRequest
	}
}

// wait lets d pass and reports whether it did so before the context ended or the server was restarted.
func wait(ctx context.Context, life <-chan struct{}, d time.Duration) bool {
	select {
	case <-life:
		return false
	default:
	}
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := clock.RealClock{}.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C():
		return true
	case <-ctx.Done():
		return false
	case <-life:
		return false
	}
}
