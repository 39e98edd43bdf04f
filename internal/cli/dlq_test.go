package cli

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/cloud"
)

// lookedAt is a view of the dead letters of shop/orders at noon.
func lookedAt(facts cloud.QueueFacts, looked cloud.Looked) view {
	return view{
		queue: &deadQueue{
			ref: cloud.QueueRef{ARN: "arn:aws:sqs:eu-west-1:111122223333:orders-dlq"}, source: v1alpha1.RedriveDeadLetter,
			holder: client.ObjectKey{Namespace: "shop", Name: "orders"},
		},
		account: v1alpha1.AccountStatus{AccountID: "111122223333", Region: "eu-west-1"},
		object:  &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "orders"}},
		facts:   facts, looked: looked, took: 1200 * time.Millisecond,
	}
}

// sent are messages of a day ago, and of a minute later each.
func sent(n int) []cloud.Message {
	var out []cloud.Message
	for i := range n {
		at := noon.Add(-24*time.Hour + time.Duration(i)*time.Minute)
		out = append(out, cloud.Message{ID: fmt.Sprintf("id-%d", i), Body: "b", Receives: 6, Sent: at, FirstReceived: at})
	}
	return out
}

// TestWhatALookSays about what is not shown, what it cost, and what is next.
func TestWhatALookSays(t *testing.T) {
	const cost, next = "Looking cost each of them one receive, which is counted here, and hid it from others for less than 2s", "To move them back: kubectl skein redrive orders -n shop"
	for name, c := range map[string]struct {
		facts  cloud.QueueFacts
		looked cloud.Looked
		want   []string
	}{
		"an empty queue": {cloud.QueueFacts{}, cloud.Looked{}, []string{"It is empty."}},
		"all in flight": {
			cloud.QueueFacts{InFlight: 3},
			cloud.Looked{},
			[]string{
				"About 3 messages, none of which can be received now.", "",
				"About 3 more: 3 in flight: somebody has received them, so that nobody else can see them now.", next,
			},
		},
		"some in flight": {
			cloud.QueueFacts{Visible: 20, InFlight: 3},
			cloud.Looked{Messages: sent(2)},
			[]string{"2 of about 23 messages.", "About 21 more: --max shows up to 1000. 3 are in flight: somebody has received them, so that nobody else can see them now.", cost + ". All were given back.", next},
		},
		"more than was counted": {
			cloud.QueueFacts{Visible: 1}, cloud.Looked{Messages: sent(2)}, []string{"2 messages.", cost + ". All were given back.", next},
		},
		"240": {
			cloud.QueueFacts{Visible: 240, Retention: 36 * time.Hour},
			cloud.Looked{Messages: sent(10)},
			[]string{"10 of about 240 messages.", "About 230 more: --max shows up to 1000.", "SQS deletes the oldest of these in 12h, when it has kept it for 36h.", cost + ". All were given back.", next},
		},
		"past their time": {
			cloud.QueueFacts{Visible: 1, Retention: time.Hour},
			cloud.Looked{Messages: sent(1)},
			[]string{"1 message.", "SQS deletes the oldest of these any moment, as it has kept it for 60m.", cost + ". All were given back.", next},
		},
		"no time": {
			cloud.QueueFacts{Visible: 240},
			cloud.Looked{Messages: sent(1), OutOfTime: true},
			[]string{"1 of about 240 messages.", "About 239 more: looking took so long that what was held had to be given back first. Try a smaller --max.", cost + ". All were given back.", next},
		},
		"handed out twice": {
			cloud.QueueFacts{Visible: 2},
			cloud.Looked{Messages: sent(2), Repeated: 1},
			[]string{"2 messages.", cost + ". All were given back.", "SQS handed out some of them more than once: 1 receive more.", next},
		},
		"not all given back": {
			cloud.QueueFacts{Visible: 2},
			cloud.Looked{Messages: sent(2), Hidden: []cloud.HiddenMessage{{ID: "id-1"}}},
			[]string{"2 messages.", cost + ". All but 1 were given back.", next},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			s := newSession(genericiooptions.IOStreams{Out: &out, ErrOut: &out})
			s.now = func() time.Time { return noon }
			if err := s.showTable(lookedAt(c.facts, c.looked)); err != nil {
				t.Fatal(err)
			}
			want := append([]string{"Dead letters of ConsumerQueue shop/orders", "Queue orders-dlq, account 111122223333, eu-west-1"}, c.want...)
			var got []string
			for line := range strings.Lines(out.String()) {
				line = strings.TrimSuffix(line, "\n")
				if len(c.looked.Messages) > 0 && (line == "" || strings.HasPrefix(line, "MESSAGE ID") || strings.HasPrefix(line, "id-")) {
					continue
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
