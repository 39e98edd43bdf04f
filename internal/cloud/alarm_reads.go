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
	// keepUnasked is how long reads take an alarm along that nobody asks for any more.
	keepUnasked = 48 * time.Hour
	// keepNarrow is how long alarms are read one by one once some of them were found not to be permitted.
	keepNarrow = time.Hour

	describeAlarms = "cloudwatch:DescribeAlarms"
)

// alarmReads keeps what was read of the alarms of one region, for all objects. One call at a time is made, which reads those of the one who asks and,
// in the room that is left, those that were read longest ago: so all are read once a resync, a hundred a call.
type alarmReads struct {
	clock clock.PassiveClock
	// read makes one call, for alarmsACall names at most.
	read func(context.Context, []string) (map[string]*types.MetricAlarm, error)
	// turn is taken by the one who reads.
	turn chan struct{}

	mu    sync.Mutex
	known map[string]*alarmRead
	// refused is why an alarm may not be read. For a while that counts for all that were refused before.
	refused   error
	refusedAt time.Time
	// failed is why the last call failed otherwise. For a while that counts for all, so that not each of them waits for a CloudWatch that does not answer.
	failed   error
	failedAt time.Time
	// narrowUntil: some alarms are permitted and others are not, so that each is read alone.
	narrowUntil time.Time
}

// alarmRead is what the last read told of one alarm.
type alarmRead struct {
	// alarm is nil where there is none.
	alarm *types.MetricAlarm
	// begun is when the read began, ended when it ended; zero before, and after a write.
	begun, ended time.Time
	// asked is when somebody asked for it last.
	asked time.Time
	// denied says that it may not be read.
	denied bool
	// writes counts those that were made, some of which a read under way may not have seen.
	writes int
}

func newAlarmReads(c clock.PassiveClock, read func(context.Context, []string) (map[string]*types.MetricAlarm, error)) *alarmReads {
	return &alarmReads{clock: c, read: read, turn: make(chan struct{}, 1), known: map[string]*alarmRead{}}
}

// expect says that an alarm will be asked for, so that a read that comes before takes it along.
func (a *alarmReads) expect(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.entry(name).asked = a.clock.Now()
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

// get gives an alarm, nil where there is none, from a read that began at since or later.
func (a *alarmReads) get(ctx context.Context, name string, since time.Time) (*types.MetricAlarm, error) {
	for {
		if alarm, done, err := a.fresh(name, since); done {
			return alarm, err
		}
		select {
		case a.turn <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		err := a.fly(ctx, name, since)
		<-a.turn
		if err != nil {
			return nil, err
		}
	}
}

// fresh gives what is known, if it is new enough. That an alarm is not there is not believed for long.
func (a *alarmReads) fresh(name string, since time.Time) (alarm *types.MetricAlarm, done bool, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now, e := a.clock.Now(), a.entry(name)
	e.asked = now
	switch {
	case e.denied && now.Before(a.refusedAt.Add(keepUnread)):
		return nil, true, a.refused
	case !e.begun.IsZero() && !e.begun.Before(since) && (e.alarm != nil || !now.After(e.ended.Add(keepAbsence))):
		return e.alarm, true, nil
	case a.failed != nil && now.Before(a.failedAt.Add(keepUnread)):
		return nil, true, a.failed
	}
	return nil, false, nil
}

// fly makes one call, unless another one has answered meanwhile. Where it is not permitted for all, it is made for the one alone.
func (a *alarmReads) fly(ctx context.Context, name string, since time.Time) error {
	if _, done, _ := a.fresh(name, since); done {
		return nil
	}
	begun := a.clock.Now()
	names, writes := a.choose(name, since)
	found, err := a.read(ctx, names)
	narrow := isDenied(err) && len(names) > 1
	if narrow {
		names = names[:1]
		found, err = a.read(ctx, names)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case isDenied(err):
		a.refused, a.refusedAt = err, begun
		a.entry(name).denied = true
		return err
	case err != nil && ctx.Err() != nil:
		return err
	case err != nil:
		a.failed, a.failedAt = err, a.clock.Now()
		return err
	case narrow:
		a.narrowUntil = begun.Add(keepNarrow)
	}
	a.failed = nil
	for i, n := range names {
		if e := a.entry(n); e.writes == writes[i] {
			e.alarm, e.begun, e.ended, e.denied = found[n], begun, a.clock.Now(), false
		}
	}
	return nil
}

// choose gives the names to read, the one that is asked for first, then those of which no read is new enough, and how often each was written so far.
func (a *alarmReads) choose(name string, since time.Time) (names []string, writes []int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	room, now := alarmsACall-1, a.clock.Now()
	a.failedAt = now // one tries again, and the others go by the last failure meanwhile
	if now.Before(a.narrowUntil) || now.Before(a.refusedAt.Add(keepUnread)) {
		room = 0
	}
	for n, e := range a.known {
		switch {
		case n == name, !e.begun.IsZero() && !e.begun.Before(since):
		case now.Sub(e.asked) > keepUnasked:
			delete(a.known, n)
		default:
			names = append(names, n)
		}
	}
	slices.SortFunc(names, func(x, y string) int {
		return cmp.Or(a.known[x].begun.Compare(a.known[y].begun), cmp.Compare(x, y))
	})
	names = append([]string{name}, names[:min(len(names), room)]...)
	for _, n := range names {
		writes = append(writes, a.entry(n).writes)
	}
	return names, writes
}

// alarm gives an alarm of the region by its name, nil where there is none.
func (s *services) alarm(ctx context.Context, name string, since time.Time) (*types.MetricAlarm, error) {
	alarm, err := s.alarms.get(ctx, name, since)
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
