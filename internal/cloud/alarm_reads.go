package cloud

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"k8s.io/utils/clock"

	"github.com/skein-dev/skein/internal/fault"
)

const (
	// alarmsACall is how many alarms one call describes
	// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html).
	alarmsACall = 100
	// keepAlone is how many reads in a row may take an alarm along that nobody asks for any more.
	keepAlone = 3

	describeAlarms = "cloudwatch:DescribeAlarms"
)

// alarmReads keeps what was read of the alarms of one region, for all objects. One call at a time is made, which reads those of the one who asks and,
// in the room that is left, those that were read longest ago: so all are read once a resync, a hundred a call.
type alarmReads struct {
	clock clock.PassiveClock
	// turn is taken by the one who reads.
	turn chan struct{}

	mu    sync.Mutex
	known map[string]*alarmRead
	// refused is why alarms could not be read, as long as that is not tried again.
	refused   error
	refusedAt time.Time
}

// alarmRead is what the last read told of one alarm.
type alarmRead struct {
	// alarm is nil where there is none.
	alarm *types.MetricAlarm
	// begun is when the read began; zero before, and after a write.
	begun time.Time
	// alone counts the reads since somebody asked for it; writes those that a read under way has not seen.
	alone, writes int
}

func newAlarmReads(c clock.PassiveClock) *alarmReads {
	return &alarmReads{clock: c, turn: make(chan struct{}, 1), known: map[string]*alarmRead{}}
}

// expect says that an alarm will be asked for, so that a read that comes before takes it along.
func (a *alarmReads) expect(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.entry(name).alone = 0
}

// forget drops what was read of an alarm, after a write.
func (a *alarmReads) forget(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	e := a.entry(name)
	e.begun, e.writes = time.Time{}, e.writes+1
}

// entry is asked with the lock held.
func (a *alarmReads) entry(name string) *alarmRead {
	e, ok := a.known[name]
	if !ok {
		e = &alarmRead{}
		a.known[name] = e
	}
	return e
}

// get gives an alarm, nil where there is none, from a read that began at since or later; the time is when it began.
func (a *alarmReads) get(ctx context.Context, name string, since time.Time, read func(context.Context, []string) (map[string]*types.MetricAlarm, error)) (*types.MetricAlarm, time.Time, error) {
	for {
		if alarm, begun, err, done := a.fresh(name, since); done {
			return alarm, begun, err
		}
		select {
		case a.turn <- struct{}{}:
		case <-ctx.Done():
			return nil, time.Time{}, ctx.Err()
		}
		err := a.fly(ctx, name, since, read)
		<-a.turn
		if err != nil {
			return nil, time.Time{}, err
		}
	}
}

// fresh gives what is known, if it is new enough. That an alarm is not there is not believed for long.
func (a *alarmReads) fresh(name string, since time.Time) (alarm *types.MetricAlarm, begun time.Time, err error, done bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now, e := a.clock.Now(), a.entry(name)
	e.alone = 0
	switch {
	case a.refused != nil && now.Before(a.refusedAt.Add(keepUnread)):
		return nil, now, a.refused, true
	case e.begun.IsZero() || e.begun.Before(since) || e.alarm == nil && now.After(e.begun.Add(keepAbsence)):
		return nil, now, nil, false
	}
	return e.alarm, e.begun, nil, true
}

// fly makes one call, unless another one has answered meanwhile.
func (a *alarmReads) fly(ctx context.Context, name string, since time.Time, read func(context.Context, []string) (map[string]*types.MetricAlarm, error)) error {
	if _, _, _, done := a.fresh(name, since); done {
		return nil
	}
	begun := a.clock.Now()
	names, writes := a.choose(name)
	found, err := read(ctx, names)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.refused = nil
	if isDenied(err) {
		a.refused, a.refusedAt = err, begun
	}
	if err != nil {
		return err
	}
	for i, n := range names {
		if e := a.entry(n); e.writes == writes[i] {
			e.alarm, e.begun = found[n], begun
		}
	}
	return nil
}

// choose gives the names to read, one of them first, and how often each was written so far.
func (a *alarmReads) choose(name string) (names []string, writes []int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for n, e := range a.known {
		if e.alone++; e.alone > keepAlone && n != name {
			delete(a.known, n)
			continue
		}
		names = append(names, n)
	}
	slices.SortFunc(names, func(x, y string) int {
		if x == name || y == name {
			return cmp.Compare(btoi(y == name), btoi(x == name))
		}
		return cmp.Or(a.known[x].begun.Compare(a.known[y].begun), cmp.Compare(x, y))
	})
	names = names[:min(len(names), alarmsACall)]
	for _, n := range names {
		writes = append(writes, a.known[n].writes)
	}
	return names, writes
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// alarm gives an alarm of the region by its name, nil where there is none.
func (s *services) alarm(ctx context.Context, name string, since time.Time) (*types.MetricAlarm, error) {
	alarm, _, err := s.alarms.get(ctx, name, since, s.describeAlarms)
	if err != nil {
		err = classify(describeAlarms, name, err)
	}
	return alarm, err
}

// describeAlarms reads alarms by their names, at most alarmsACall. One that is computed of other alarms, or of logs, is there and has no metric.
func (s *services) describeAlarms(ctx context.Context, names []string) (map[string]*types.MetricAlarm, error) {
	in := &cloudwatch.DescribeAlarmsInput{
		AlarmNames: names, MaxRecords: aws.Int32(alarmsACall),
		AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm, types.AlarmTypeLogAlarm},
	}
	found := map[string]*types.MetricAlarm{}
	for {
		out, err := call(ctx, describeAlarms, s.region, s.cloudwatch.DescribeAlarms, in)
		if err != nil {
			return nil, err
		}
		for _, m := range out.MetricAlarms {
			found[aws.ToString(m.AlarmName)] = &m
		}
		for _, m := range out.CompositeAlarms {
			found[aws.ToString(m.AlarmName)] = &types.MetricAlarm{AlarmName: m.AlarmName}
		}
		for _, m := range out.LogAlarms {
			found[aws.ToString(m.AlarmName)] = &types.MetricAlarm{AlarmName: m.AlarmName}
		}
		if aws.ToString(out.NextToken) == "" {
			return found, nil
		}
		in.NextToken = out.NextToken
	}
}

// unasked says that alarms are not to be had here, and why: the endpoint is none of AWS's own and has no CloudWatch.
func (s *services) unasked(err error) bool {
	return isUnsupported(err) && s.elsewhereCloudWatch && fault.As(err).Operation == describeAlarms
}
