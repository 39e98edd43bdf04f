package localaws

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"time"

	"k8s.io/utils/clock"
)

// What a saved state says of itself. The version changes with every change of the saved types that older files do
// not fit.
const (
	snapshotFormat  = "skein-local state"
	snapshotVersion = 1
)

// snapshotFile is what Save writes, as JSON.
type snapshotFile struct {
	Format  string          `json:"format"`
	Version int             `json:"version"`
	SHA256  string          `json:"sha256"`
	State   json.RawMessage `json:"state"`
}

// snapshot is contents as they are saved. Times are absolute: what passes while nobody serves has passed. What follows
// from other fields (counts, indexes, parsed documents) is made anew, and the versions that lagging reads see are gone.
type snapshot struct {
	IDs           savedIDs
	Issued        map[string]savedAccessKey
	Queues        savedTable[savedQueue]
	Backlogs      map[string]savedBacklog
	Moves         []savedMoveTask
	Topics        savedTable[savedTopic]
	Subscriptions savedTable[savedSubscription]
	Deliveries    map[string]savedTally
	Published     []savedPublication
	Alarms        savedTable[savedAlarm]
	AlarmStates   map[string]savedAlarmState
	Evaluated     time.Time
	KMSKeys       savedTable[savedKMSKey]
	KMSAliases    savedTable[savedKMSAlias]
}

// snapshot returns what c holds now; it stays as it is when c changes.
func (c *contents) snapshot() snapshot {
	return snapshot{
		IDs:           c.ids.saved(),
		Issued:        saveMap(maps.All(c.issued), accessKey.saved),
		Queues:        saveTable(&c.queues, (*queue).saved),
		Backlogs:      saveMap(maps.All(c.backlogs), (*backlog).saved),
		Moves:         c.moves.saved(),
		Topics:        saveTable(&c.topics, (*topic).saved),
		Subscriptions: saveTable(&c.subscriptions, (*subscription).saved),
		Deliveries:    saveMap(maps.All(c.deliveries), (*tally).saved),
		Published:     c.published.saved(),
		Alarms:        saveTable(&c.alarms, (*alarm).saved),
		AlarmStates:   saveMap(maps.All(c.alarmStates), (*alarmState).saved),
		Evaluated:     c.evaluated,
		KMSKeys:       saveTable(&c.kmsKeys, (*kmsKey).saved),
		KMSAliases:    saveTable(&c.kmsAliases, (*kmsAlias).saved),
	}
}

// contents makes what was saved anew, or says what cannot be read.
func (s snapshot) contents(by clock.PassiveClock) (*contents, error) {
	c := newContents(by)
	if err := c.ids.restore(s.IDs); err != nil {
		return nil, err
	}
	for id, key := range s.Issued {
		c.issued[id] = key.restored()
	}
	restoreTable(&c.queues, s.Queues, savedQueue.restored)
	restoreTable(&c.topics, s.Topics, savedTopic.restored)
	restoreTable(&c.subscriptions, s.Subscriptions, savedSubscription.restored)
	restoreTable(&c.alarms, s.Alarms, savedAlarm.restored)
	if err := c.restoreAlarmStates(s.AlarmStates); err != nil {
		return nil, err
	}
	if !s.Evaluated.IsZero() {
		c.evaluated = s.Evaluated
	}
	restoreTable(&c.kmsKeys, s.KMSKeys, savedKMSKey.restored)
	restoreTable(&c.kmsAliases, s.KMSAliases, savedKMSAlias.restored)
	if err := c.restoreBacklogs(s.Backlogs); err != nil {
		return nil, err
	}
	if err := c.indexSubscriptions(); err != nil {
		return nil, err
	}
	for _, task := range s.Moves {
		if c.queues.get(task.SourceARN, false) == nil {
			return nil, fmt.Errorf("it has a move task of queue %s, but not the queue", task.SourceARN)
		}
		c.moves.restore(task)
	}
	for arn, tally := range s.Deliveries {
		c.deliveries[arn] = tally.restored()
	}
	for _, publication := range s.Published {
		c.published.restore(publication)
	}
	return c, nil
}

// Save writes all that AWS would still know: topics, subscriptions, queues with their messages and what these and
// deduplication, waits and move tasks depend on, KMS keys, issued access keys, counters. It does not write options, the
// hook and the call log. Requests are served on meanwhile; what is written is the state of one moment.
func (s *Server) Save(w io.Writer) error {
	s.mu.Lock()
	taken := s.snapshot()
	s.mu.Unlock()
	state, err := json.Marshal(taken)
	if err != nil {
		return fmt.Errorf("saving state: %w", err)
	}
	file := snapshotFile{Format: snapshotFormat, Version: snapshotVersion, SHA256: hexSHA256(state), State: state}
	if err := json.NewEncoder(w).Encode(file); err != nil {
		return fmt.Errorf("saving state: %w", err)
	}
	return nil
}

// Load replaces all that the server holds by what Save wrote, of this or another server. Requests under way lose their
// connection, as in Restart. The error says what is wrong with what was read; the server is then as it was.
func (s *Server) Load(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("loading state: %w", err)
	}
	saved, err := readSnapshot(data)
	if err != nil {
		return fmt.Errorf("loading state: %w", err)
	}
	next, err := saved.contents(s.clock)
	if err != nil {
		return fmt.Errorf("loading state: %w", err)
	}
	if s.seed != 0 {
		next.ids.fork(s.seed)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replace(next)
	return nil
}

// readSnapshot reads a whole file. Its format and version come first: those of another version may have other fields.
func readSnapshot(data []byte) (snapshot, error) {
	var file snapshotFile
	var saved snapshot
	if err := json.Unmarshal(data, &file); err != nil {
		return saved, fmt.Errorf("it is no whole JSON document: %w", err)
	}
	var packed bytes.Buffer
	switch {
	case file.Format != snapshotFormat:
		return saved, fmt.Errorf("its format is %q, not %q", file.Format, snapshotFormat)
	case file.Version != snapshotVersion:
		return saved, fmt.Errorf("it is of version %d, and only version %d can be read here", file.Version, snapshotVersion)
	case json.Compact(&packed, file.State) != nil || file.SHA256 != hexSHA256(packed.Bytes()):
		return saved, errors.New("its checksum is wrong: it was damaged or changed after it was saved")
	}
	decoder := json.NewDecoder(&packed)
	decoder.DisallowUnknownFields()
	return saved, decoder.Decode(&saved)
}
