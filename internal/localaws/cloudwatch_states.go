package localaws

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// States of an alarm.
const (
	stateOK           = "OK"
	stateAlarm        = "ALARM"
	stateInsufficient = "INSUFFICIENT_DATA"
)

var alarmStates = []string{stateOK, stateAlarm, stateInsufficient}

// Limits of SetAlarmState,
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html.
const (
	maxStateReason     = 1023
	maxStateReasonData = 4000
)

// alarmState is what an alarm has come to.
type alarmState struct {
	value, reason, reasonData string
	// updated is when it came to this state.
	updated time.Time
	// actions are what became of the actions of that moment.
	actions []HeldAction
}

type setAlarmStateInput struct {
	AlarmName       string
	StateValue      string
	StateReason     *string
	StateReasonData string `json:",omitempty"`
}

func (in setAlarmStateInput) resource(rq *request) string { return rq.alarmARN(in.AlarmName) }

func unknownState(value string) *apiError {
	return outOfBounds(value, "stateValue", "satisfy enum value set: ["+strings.Join(alarmStates, ", ")+"]")
}

// setAlarmState sets a state until the next evaluation, which is within a minute.
func (s *Server) setAlarmState(rq *request, in *setAlarmStateInput) (*nothing, error) {
	switch {
	case in.StateReason == nil:
		return nil, outOfBounds("null", "stateReason", "not be null")
	case in.StateValue != stateOK && in.StateValue != stateAlarm && in.StateValue != stateInsufficient:
		return nil, unknownState(in.StateValue)
	case len(*in.StateReason) > maxStateReason:
		return nil, outOfBounds(*in.StateReason, "stateReason", "have length less than or equal to 1023")
	case len(in.StateReasonData) > maxStateReasonData:
		return nil, outOfBounds(in.StateReasonData, "stateReasonData", "have length less than or equal to 4000")
	case in.StateReasonData != "" && !json.Valid([]byte(in.StateReasonData)):
		return nil, cloudWatchError("InvalidFormat", "StateReasonData is no JSON document")
	}
	a := s.alarms.get(rq.alarmARN(in.AlarmName), false)
	if a == nil {
		return nil, serviceError(serviceCloudWatch, "ResourceNotFound", http.StatusNotFound, "Alarm %s does not exist", in.AlarmName)
	}
	s.enterState(a, in.StateValue, *in.StateReason, in.StateReasonData, rq.now)
	return &nothing{}, nil
}

// enterState brings an alarm to a state, carries out the actions of that if it is another one, and reports whether it
// was.
func (s *Server) enterState(a *alarm, value, reason, reasonData string, at time.Time) (changed bool) {
	old := s.alarmStates[a.arn]
	next := &alarmState{value: value, reason: reason, reasonData: reasonData, updated: at, actions: old.actions}
	s.alarmStates[a.arn] = next
	if value == old.value {
		next.updated = old.updated
		return false
	}
	next.actions = nil
	if a.settings.enabled() {
		for _, target := range a.settings.actions(value) {
			next.actions = append(next.actions, s.act(a, target, old.value, next))
		}
	}
	return true
}
