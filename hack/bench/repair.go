package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/internal/plan"
)

// damage is one out-of-band change that is to be repaired.
type damage struct {
	handiwork
	victim
	// before is what AWS showed, at is when the change was over, took is the time until AWS shows the same again.
	before string
	at     time.Time
	took   time.Duration
}

// repairs makes out-of-band changes to a world at rest, spread evenly over one re-check period, and measures until AWS shows everything as it was.
func (m *measurement) repairs(ctx context.Context, h hands, each int) error {
	if err := m.begin(ctx); err != nil {
		return err
	}
	if err := m.apply(ctx); err != nil {
		return err
	}
	if err := m.until(ctx, "ready", m.countReady(1)); err != nil {
		return err
	}
	quiet, err := m.rest(ctx)
	if err != nil {
		return err
	}
	all, err := m.victims(ctx, each)
	if err != nil {
		return err
	}
	if err := m.harm(ctx, h, all); err != nil {
		return err
	}
	m.result.Repair = &repairs{ResyncSeconds: m.resync.Seconds(), Changes: lines(all, m.resync), Quiet: quiet}
	return m.operator.stop()
}

// rest waits until every write is so long ago that a difference counts as drift, and tells what the checks meanwhile cost.
func (m *measurement) rest(ctx context.Context) (cost, error) {
	since := func() time.Duration {
		_, last := m.calls.writes()
		return time.Since(last)
	}
	if err := m.after(ctx, "no write for a round of checks", since, m.resync); err != nil {
		return cost{}, err
	}
	queues := m.queues()
	m.calls.forgetLooks()
	before := m.calls.snapshot()
	if err := m.after(ctx, "older than the settle window", since, max(plan.SettleWindow, 6*m.resync)); err != nil {
		return cost{}, err
	}
	rounds := float64(m.calls.looksAt(queues)) / float64(len(queues))
	return costOf(m.calls.snapshot().since(before), rounds, m.world), nil
}

// after waits for a duration to reach a length.
func (m *measurement) after(ctx context.Context, what string, passed func() time.Duration, length time.Duration) error {
	return m.until(ctx, what, func() (int, int) {
		return min(int(passed()/time.Second), int(length/time.Second)), int(length / time.Second)
	})
}

// victims gives every kind of change its own consumers or topics, those of one turn beside each other.
func (m *measurement) victims(ctx context.Context, each int) ([]*damage, error) {
	var out []*damage
	consumers := m.consumers
	for turn := range each {
		for _, work := range handiworks {
			d := &damage{handiwork: work}
			if work.topic {
				mt := m.topologies[turn]
				if err := m.Get(ctx, client.ObjectKeyFromObject(mt), mt); err != nil {
					return nil, err
				}
				d.topicARN = mt.Status.Topics[0].ARN
			} else {
				cq := consumers[0]
				consumers = consumers[1:]
				if err := m.Get(ctx, client.ObjectKeyFromObject(cq), cq); err != nil {
					return nil, err
				}
				d.victim = victim{queueURL: cq.Status.QueueURL, queueARN: cq.Status.QueueARN, topicARN: cq.Status.Subscriptions[0].TopicARN}
			}
			out = append(out, d)
		}
	}
	return out, nil
}

// harm makes the changes one after the other over one period, and looks at those that are not repaired after each write of the operator.
func (m *measurement) harm(ctx context.Context, h hands, all []*damage) error {
	began, made, seen := time.Now(), 0, -1
	var failure error
	err := m.until(ctx, "repaired", func() (int, int) {
		for made < len(all) && failure == nil && time.Since(began) >= m.resync*time.Duration(made)/time.Duration(len(all)) {
			failure = all[made].strike(ctx, h)
			made++
		}
		if n, _ := m.calls.writes(); n != seen && failure == nil {
			seen, failure = n, lookAll(ctx, h, all[:made])
		}
		if failure != nil {
			return len(all), len(all)
		}
		return repaired(all), len(all)
	})
	return cmp.Or(failure, err)
}

// strike makes the change.
func (d *damage) strike(ctx context.Context, h hands) (err error) {
	if d.before, err = h.look(ctx, d.handiwork, d.victim); err != nil {
		return err
	}
	if err := d.do(ctx, h, d.victim); err != nil {
		return fmt.Errorf("making a change (%s): %w", d.name, err)
	}
	d.at = time.Now()
	after, err := h.look(ctx, d.handiwork, d.victim)
	if err == nil && after == d.before {
		err = fmt.Errorf("making a change (%s): AWS shows none at %s%s", d.name, d.queueURL, d.topicARN)
	}
	return err
}

// lookAll takes the time of those that AWS shows as they were.
func lookAll(ctx context.Context, h hands, struck []*damage) error {
	for _, d := range struck {
		if d.took > 0 {
			continue
		}
		now := time.Now()
		shown, err := h.look(ctx, d.handiwork, d.victim)
		if err != nil {
			return err
		}
		if shown == d.before {
			d.took = now.Sub(d.at)
		}
	}
	return nil
}

func repaired(all []*damage) int {
	n := 0
	for _, d := range all {
		if d.took > 0 {
			n++
		}
	}
	return n
}

// repairs are how long out-of-band changes stood.
type repairs struct {
	ResyncSeconds float64      `json:"resyncSeconds"`
	Changes       []repairLine `json:"changes"`
	Quiet         cost         `json:"quietCheck"`
}

// repairLine is one kind of change. The ratios are to the re-check period.
type repairLine struct {
	Change        string  `json:"change"`
	Samples       int     `json:"samples"`
	MinSeconds    float64 `json:"minSeconds"`
	MedianSeconds float64 `json:"medianSeconds"`
	MaxSeconds    float64 `json:"maxSeconds"`
	MedianRatio   float64 `json:"medianRatio"`
	MaxRatio      float64 `json:"maxRatio"`
}

// lines sums the changes up by kind.
func lines(all []*damage, resync time.Duration) []repairLine {
	var out []repairLine
	for _, work := range handiworks {
		var took []float64
		for _, d := range all {
			if d.name == work.name {
				took = append(took, d.took.Seconds())
			}
		}
		if len(took) == 0 {
			continue
		}
		slices.Sort(took)
		middle := (took[(len(took)-1)/2] + took[len(took)/2]) / 2
		longest := took[len(took)-1]
		out = append(out, repairLine{
			Change: work.name, Samples: len(took), MinSeconds: round(took[0]), MedianSeconds: round(middle), MaxSeconds: round(longest),
			MedianRatio: round(middle / resync.Seconds()), MaxRatio: round(longest / resync.Seconds()),
		})
	}
	return out
}

// repairWorld is how many consumers there are for so many changes of each kind, and how many of them share a topic.
func repairWorld(each int) (consumers, perTopic int) {
	perTopic = 0
	for _, work := range handiworks {
		if !work.topic {
			perTopic++
		}
	}
	return each * perTopic, perTopic
}
