package localaws

import (
	"errors"
	"fmt"
)

// Memory says what becomes of what a server holds when it is restarted.
type Memory string

const (
	// KeepMemory keeps what Save would write: all that AWS would still know.
	KeepMemory Memory = "keep"
	// LoseMemory forgets all that requests ever made.
	LoseMemory Memory = "lose"
)

// errCutOff is what a request ends with that nobody waits for any more: its caller went away, or the server was
// restarted. It is not answered.
var errCutOff = errors.New("the connection is gone")

// Restart does as if the process had been restarted. Requests under way, such as those in a long poll or in injected
// latency, lose their connection and have no effect; the call log has them as Cancelled. What options set stays, so do
// the hook, with what its rules counted, and the call log; and ids that were given once are not given again. The server
// goes on serving.
func (s *Server) Restart(memory Memory) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := newContents(s.clock)
	next.ids = s.ids
	if memory == KeepMemory {
		var err error
		if next, err = s.snapshot().contents(s.clock); err != nil {
			panic(fmt.Sprintf("restoring what the server itself holds: %v", err)) // nothing that it holds is refused
		}
	}
	s.replace(next)
}

// replace makes the server hold other contents and cuts off the requests under way.
func (s *Server) replace(next *contents) {
	s.contents = next
	close(s.life)
	s.life = make(chan struct{})
}
