package localaws

import (
	"time"

	"k8s.io/utils/clock"
)

// contents is all that AWS would still know tomorrow. It is what Save writes, and what a restart without memory
// empties: a new field must be saved too (snapshot.go), which a test holds.
type contents struct {
	ids *idSource
	// issued are the access keys that AssumeRole gave.
	issued        map[string]accessKey
	queues        table[queue]
	backlogs      map[string]*backlog
	backlogBytes  int
	moves         moveTasks
	topics        table[topic]
	subscriptions table[subscription]
	subscribed    map[subscriptionKey]string
	filters       filterCounts
	deliveries    tallies
	published     publications
	alarms        table[alarm]
	alarmStates   map[string]*alarmState
	// evaluated is when the alarms were last evaluated.
	evaluated  time.Time
	kmsKeys    table[kmsKey]
	kmsAliases table[kmsAlias]
}

// newContents holds nothing; the clock stamps what is written.
func newContents(c clock.PassiveClock) *contents {
	empty := &contents{
		ids:        newIDSource(0),
		issued:     map[string]accessKey{},
		backlogs:   map[string]*backlog{},
		subscribed: map[subscriptionKey]string{},
		filters:    filterCounts{},
		deliveries: tallies{},

		alarmStates: map[string]*alarmState{},
		evaluated:   c.Now().Truncate(evaluationInterval),
	}
	for _, table := range empty.tables() {
		table.stampBy(c)
	}
	return empty
}

// tables are all tables of the server.
func (c *contents) tables() []timed {
	return []timed{&c.queues, &c.topics, &c.subscriptions, &c.alarms, &c.kmsKeys, &c.kmsAliases}
}
