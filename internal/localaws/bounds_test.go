package localaws

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/skein-dev/skein/internal/filterpolicy"
)

// TestCallLogIsBounded: whatever is long pushes the oldest calls out.
func TestCallLogIsBounded(t *testing.T) {
	const size = maxLoggedBytes / 4
	long := strings.Repeat("x", size)
	for name, call := range map[string]Call{
		"parameters": {Params: []byte(long)}, "operation": {Operation: long}, "resource": {Resource: long},
		"key": {AccessKey: long}, "region": {Region: long},
	} {
		l := callLog{counts: map[string]int{}}
		for range 9 {
			l.begin(call)
		}
		if len(l.calls) > 5 || l.calls[len(l.calls)-1].Seq != 9 || l.bytes != len(l.calls)*size {
			t.Errorf("%s: the log holds %d calls of %d bytes, the last is %d", name, len(l.calls), l.bytes, l.calls[len(l.calls)-1].Seq)
		}
	}
}

// TestFilterCountsAreBounded: what has no filter policy any more takes no room.
func TestFilterCountsAreBounded(t *testing.T) {
	counts := filterCounts{}
	one := &subscription{topicARN: "arn", region: "us-east-1", owner: "111111111111", filter: &filterpolicy.Policy{}}
	counts.add(one, 1)
	counts.add(one, 1)
	counts.add(one, -1)
	if counts["arn"] != 1 || len(counts) != 2 {
		t.Errorf("counted %v, want one of the topic and of the account", counts)
	}
	if counts.add(one, -1); len(counts) != 0 {
		t.Errorf("%v is kept of what is gone", counts)
	}
}

// TestBucketsAreBounded: full ones go, those that are drawn from stay.
func TestBucketsAreBounded(t *testing.T) {
	b, now := newBuckets(Throttle{Rate: 1, Burst: 1}), time.Unix(0, 0)
	for n := range maxBuckets {
		b.take(Call{Account: fmt.Sprint(n), Time: now})
	}
	now = now.Add(time.Second)
	b.take(Call{Account: "0", Time: now})
	b.take(Call{Account: "new", Time: now})
	if len(b.all) != 2 || b.take(Call{Account: "0", Time: now}) {
		t.Errorf("there are %d buckets, want those of 0, which is empty, and of new", len(b.all))
	}
}

// TestRememberedAnswersAreSmall: a FIFO topic remembers for five minutes what it answered, not what was published.
func TestRememberedAnswersAreSmall(t *testing.T) {
	s, rq := New(), &request{region: "us-east-1", caller: identity{account: "111111111111"}}
	topic := newTopic(rq, "t.fifo", true)
	heap := func() (stats runtime.MemStats) {
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return stats
	}
	before, n := heap(), 64
	for i := range n {
		text := strings.Repeat("x", maxPublishBytes)
		s.publishTo(rq, topic, publishedMessage{Message: &text, GroupID: "g", DeduplicationID: fmt.Sprint(i)})
	}
	if after := heap(); int(after.HeapAlloc)-int(before.HeapAlloc) > n*maxPublishBytes/2 {
		t.Errorf("%d answers hold %d bytes", n, after.HeapAlloc-before.HeapAlloc)
	}
	runtime.KeepAlive(s)
}

// TestMessagesWeighWhatTheyHold: also what AWS does not count against the size of a message.
func TestMessagesWeighWhatTheyHold(t *testing.T) {
	const header = 1 << 20
	if got := (&message{traceHeader: strings.Repeat("x", header)}).weight(); got < header {
		t.Errorf("a trace header of %d bytes weighs %d", header, got)
	}
}

// TestAlarmsAreLimited: a new one is refused, one that is there can be put again.
func TestAlarmsAreLimited(t *testing.T) {
	s := New()
	put := func(region, name string) error {
		settings := *ofPeriods(1, 1, "")
		settings.AlarmName, settings.MetricName, settings.Namespace = name, "m", "n"
		_, err := s.putMetricAlarm(&request{region: region, caller: identity{account: "111111111111"}}, &putMetricAlarmInput{alarmSettings: settings})
		return err
	}
	for n := range maxAlarms {
		if err := put("us-east-1", fmt.Sprint(n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := put("us-east-1", "more"); errorCode(err) != "LimitExceeded" {
		t.Errorf("one more: %v, want LimitExceeded", err)
	}
	for _, where := range []string{"us-east-1", "eu-west-1"} {
		if err := put(where, "0"); err != nil {
			t.Errorf("in %s: %v", where, err)
		}
	}
}
