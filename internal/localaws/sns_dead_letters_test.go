package localaws_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/internal/localaws"
)

func TestAFIFOQueueTakesNoDeadLettersOfAStandardTopic(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic", nil)
	_, dead := w.queueFor(t, topic, "dead.fifo", fifoQueue)
	sub := w.subscribed(t, topic, numbered(0, ""), map[string]string{"RedrivePolicy": undeliveredTo(dead)})
	w.publish(t, topic, "m")
	w.wantDelivery(t, sub, map[string]int{"NumberOfNotificationsFailed": 1, "NumberOfNotificationsFailedToRedriveToDlq": 1},
		localaws.Dropped, "a FIFO queue takes nothing from a standard topic")
}

func TestDeadLettersAreWhatTheQueueWouldHaveReceived(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic", nil)
	url, dead := w.queueFor(t, topic, "dead", nil)
	w.subscribed(t, topic, numbered(0, ""), map[string]string{"RawMessageDelivery": "true", "RedrivePolicy": undeliveredTo(dead)})
	var nine []string
	for i := range 9 {
		nine = append(nine, fmt.Sprint("a", i), "x")
	}
	w.publish(t, topic, "m", nine...)
	got := w.drain(t, owner, region, url)
	if len(got) != 1 || len(got[0].MessageAttributes) != 9 || *got[0].Body != "m" {
		t.Fatalf("dead letters %+v, want one raw body with its 9 attributes", got)
	}
}

func TestLogSaysWhatWasNotDelivered(t *testing.T) {
	var log bytes.Buffer
	w := newWorld(localaws.WithLogger(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	topic := w.topic(t, "topic", nil)
	_, queue := w.queueFor(t, topic, "q", nil)
	w.subscribed(t, topic, queue, map[string]string{"FilterPolicy": `{"a":["x"]}`})
	w.subscribed(t, topic, numbered(0, ""), nil)
	filtered := w.publish(t, topic, "m", "a", "y")
	w.publish(t, topic, "m", "a", "x")
	levels := map[string]string{}
	for line := range strings.Lines(log.String()) {
		var entry struct{ Msg, Level, Endpoint, Result, MessageID string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		if entry.Result == "FilteredOut" && entry.MessageID != *filtered.MessageId {
			t.Errorf("filtered out is %q, want %s", entry.MessageID, *filtered.MessageId)
		}
		if entry.Msg == "notification not delivered" {
			levels[entry.Result+" "+entry.Endpoint] = entry.Level
		}
	}
	want := map[string]string{"FilteredOut " + queue: "DEBUG", "Dropped " + numbered(0, ""): "WARN"}
	if diff := cmp.Diff(want, levels); diff != "" {
		t.Errorf("levels (-want +got):\n%s", diff)
	}
}
