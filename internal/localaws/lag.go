package localaws

import "time"

// lags reports whether a request reads what was before the last writes, and sets the state that it then sees. The
// caller holds the lock until the request is carried out.
func (s *Server) lags(rq *request, fault Fault) bool {
	if rq.op.mutating || !fault.Stale && fault.Lag <= 0 {
		return false
	}
	var at time.Time
	if fault.Lag > 0 {
		at = rq.now.Add(-min(fault.Lag, maxLag))
	}
	s.queues.asOf, s.topics.asOf, s.subscriptions.asOf = at, at, at
	s.kmsKeys.asOf, s.kmsAliases.asOf = at, at
	return true
}
