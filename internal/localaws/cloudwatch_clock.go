package localaws

import "time"

// CloudWatch evaluates alarms every minute; those whose periods take more than a day together every hour, see
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html.
const (
	evaluationInterval = time.Minute
	multiDay           = 24 * time.Hour
)

// advanceTo does all that time alone does, up to the given one: it evaluates alarms and carries on move tasks, each at
// the moment when it was due. It is called at the start of every request.
func (s *Server) advanceTo(now time.Time) {
	s.advanceAlarms(now)
	s.advanceMoves(now)
}

// nextChange returns when time alone does something next that a queue may see, false for never. Whoever waits for
// messages without requests coming in must call advanceTo then.
func (s *Server) nextChange() (at time.Time, any bool) {
	at, any = s.nextMove()
	if next := s.evaluated.Add(evaluationInterval); len(s.alarmStates) > 0 && (!any || next.Before(at)) {
		return next, true
	}
	return at, any
}

// advanceAlarms evaluates all alarms at every full minute since it was last called. An alarm that cannot come to another
// state for a while, as its metric stays as it is, is passed over meanwhile.
func (s *Server) advanceAlarms(now time.Time) {
	last := now.Truncate(evaluationInterval)
	if !s.evaluated.Before(last) {
		return
	}
	quiet := map[string]time.Time{}
	for at := s.evaluated.Add(evaluationInterval); len(s.alarmStates) > 0 && !at.After(last); {
		s.evaluated = at
		at = s.evaluateAt(at, quiet)
	}
	s.evaluated = last
}

// evaluateAt evaluates the alarms that are not quiet, and returns when one is to be evaluated next.
func (s *Server) evaluateAt(at time.Time, quiet map[string]time.Time) (next time.Time) {
	s.advanceMoves(at)
	next = never
	stirred := len(s.moves.active) > 0
	for arn, a := range s.alarms.after("", "", false) {
		if !at.Before(quiet[arn]) {
			changed, until := s.evaluate(a, at)
			quiet[arn], stirred = until, stirred || changed
		}
		if quiet[arn].Before(next) {
			next = quiet[arn]
		}
	}
	if stirred {
		clear(quiet)
		return at.Add(evaluationInterval)
	}
	return next
}

// evaluate brings an alarm to the state that follows from its metric. It reports whether that is another one, and until
// when it stays if no call comes and no other alarm changes.
func (s *Server) evaluate(a *alarm, at time.Time) (changed bool, until time.Time) {
	set, next := &a.settings, at.Add(evaluationInterval)
	if set.period()*time.Duration(*set.EvaluationPeriods) > multiDay && !at.Equal(at.Truncate(time.Hour)) {
		return false, at.Truncate(time.Hour).Add(time.Hour)
	}
	line := s.series(a.account, a.region, set.metric(), set.Unit, at)
	var points []datapoint
	for n := *set.EvaluationPeriods + spareDatapoints; n > 0; n-- {
		points = append(points, line.datapointOf(at.Add(-time.Duration(n)*set.period()), set.period()))
	}
	old := s.alarmStates[a.arn]
	found := set.judge(points, old.value)
	if found.state != old.value {
		return s.enterState(a, found.state, found.reason, set.data(found, at), at), next
	}
	if minuteOf(points[0].at) < line.since {
		return false, next
	}
	return false, line.until
}
