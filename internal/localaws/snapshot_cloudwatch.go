package localaws

import (
	"fmt"
	"slices"
	"time"
)

// savedMeter is what CloudWatch knows of a queue.
type savedMeter struct {
	Levels         []levels  `json:",omitzero"`
	Counts         []counts  `json:",omitzero"`
	Next           int64     `json:",omitzero"`
	Touched, Woken time.Time `json:",omitzero"`
}

func (m *meter) saved() savedMeter {
	return savedMeter{slices.Clone(m.levels), slices.Clone(m.minutes), m.next, m.touched, m.woken}
}

func (m savedMeter) restored() *meter {
	return &meter{counter{m.Counts}, m.Levels, m.Next, m.Touched, m.Woken}
}

// savedAlarm is an alarm as it was put.
type savedAlarm struct {
	Region, Account string
	Settings        alarmSettings
	Tags            map[string]string
	Updated         time.Time
}

func (a *alarm) saved() savedAlarm {
	return savedAlarm{a.region, a.account, a.settings, a.tags, a.updated}
}

func (a savedAlarm) restored(arn string) *alarm {
	return &alarm{arn, a.Region, a.Account, a.Settings, a.Tags, a.Updated}
}

// savedAlarmState is what an alarm has come to.
type savedAlarmState struct {
	Value, Reason, ReasonData string
	Updated                   time.Time
	Actions                   []HeldAction
}

func (s *alarmState) saved() savedAlarmState {
	return savedAlarmState{s.value, s.reason, s.reasonData, s.updated, s.actions}
}

func (s savedAlarmState) restored() *alarmState {
	return &alarmState{s.Value, s.Reason, s.ReasonData, s.Updated, s.Actions}
}

// restoreAlarmStates fills in the states of the alarms, which are there already.
func (c *contents) restoreAlarmStates(saved map[string]savedAlarmState) error {
	for arn := range c.alarms.after("", "", false) {
		state, found := saved[arn]
		if !found {
			return fmt.Errorf("it has alarm %s, but not its state", arn)
		}
		c.alarmStates[arn] = state.restored()
	}
	if len(c.alarmStates) != len(saved) {
		return fmt.Errorf("it has states of %d alarms, but %d alarms", len(saved), len(c.alarmStates))
	}
	return nil
}
