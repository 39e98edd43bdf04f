package localaws

import (
	"time"

	"k8s.io/utils/clock"
)

// timed is a table, whatever it holds.
type timed interface {
	// stampBy sets the clock that stamps the writes.
	stampBy(c clock.PassiveClock)
	// lookBack sets the time whose state stale reads see, zero for the state before the last write.
	lookBack(to time.Time)
}

func (t *table[T]) stampBy(c clock.PassiveClock) { t.clock = c }
func (t *table[T]) lookBack(to time.Time)        { t.asOf = to }

// lags reports whether a request reads what was before the last writes, and sets the state that it then sees. The
// caller holds the lock until the request is carried out.
func (s *Server) lags(rq *request, fault Fault) bool {
	if rq.op.mutating || !fault.Stale && fault.Lag <= 0 {
		return false
	}
	var to time.Time
	if fault.Lag > 0 {
		to = rq.now.Add(-min(fault.Lag, maxLag))
	}
	for _, table := range s.tables() {
		table.lookBack(to)
	}
	return true
}
