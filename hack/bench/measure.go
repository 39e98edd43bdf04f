package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
	"github.com/skein-dev/skein/internal/testenv"
)

const (
	// phaseTimeout is how long anything may take to come about, at 300 consumers; more may take longer.
	phaseTimeout = 5 * time.Minute
	// calm without a call is taken for the end of a phase.
	calm = 1500 * time.Millisecond
	// tick is how often a condition is looked at.
	tick = 20 * time.Millisecond
	// pace of progress lines while something is waited for.
	pace = 5 * time.Second
)

// measurement is one run of all phases with one budget.
type measurement struct {
	*world
	*tracker
	calls    *counter
	operator *operator
	endpoint string
	rate     string
	resync   time.Duration
	result   *result
}

// measure runs all phases, and repairs after that where they are wanted with this budget. The result may come beside an error, where a phase did what it must not.
func measure(ctx context.Context, env *testenv.Env, program string, s settings, rate string) (*result, error) {
	r := &result{Consumers: s.consumers}
	if s.consumers > 0 {
		name := "bench-" + rate
		w, err := newWorld(env, name, s.consumers, topicConsumers, s.undelivered)
		if err != nil {
			return nil, err
		}
		m := &measurement{world: w, rate: rate, resync: resyncFor(s.consumers, rate), result: r}
		if err := m.in(ctx, env, program, s, func(ctx context.Context, _ hands) error { return m.phases(ctx) }); err != nil {
			return nil, err
		}
	}
	if rates := s.rates(); s.repairs > 0 && rate == rates[len(rates)-1] {
		consumers, perTopic := repairWorld(s.repairs)
		w, err := newWorld(env, "repair-"+rate, consumers, perTopic, true)
		if err != nil {
			return nil, err
		}
		m := &measurement{world: w, rate: rate, resync: s.resync, result: r}
		if err := m.in(ctx, env, program, s, func(ctx context.Context, h hands) error { return m.repairs(ctx, h, s.repairs) }); err != nil {
			return nil, err
		}
	}
	return r, r.check()
}

// in does something in a new AWS, with an operator that is not started yet and hands of somebody else.
func (m *measurement) in(ctx context.Context, env *testenv.Env, program string, s settings, do func(context.Context, hands) error) (err error) {
	var aws http.Handler = localaws.New()
	if s.endpoint != "" {
		if aws, err = forward(s.endpoint); err != nil {
			return err
		}
	}
	m.calls = newCounter(aws, s.latency)
	var closeAWS, closeSide func()
	if m.endpoint, closeAWS, err = serve(m.calls); err != nil {
		return err
	}
	defer closeAWS()
	side, closeSide, err := serve(aws)
	if err != nil {
		return err
	}
	defer closeSide()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if m.tracker, err = track(ctx, env, m.namespace); err != nil {
		return err
	}
	log, err := openLog(env, s, m.namespace)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	m.operator = newOperator(program, env.Kubeconfig, m.rate, log)
	defer func() { err = errors.Join(err, m.operator.stop()) }()
	return do(ctx, newHands(side))
}

func openLog(env *testenv.Env, s settings, name string) (*os.File, error) {
	path := filepath.Join(env.Dir, "operator-"+name+".log")
	if s.log != "" {
		path = s.log
	}
	log, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the operator's log: %w", err)
	}
	return log, nil
}

// resyncFor is a re-check interval in which all consumers converge and settle well before the first is checked again, and in
// which a round and the change after it are over before the next round.
func resyncFor(consumers int, rate string) time.Duration {
	each := 200 * time.Millisecond
	if rate == "unlimited" {
		each = 100 * time.Millisecond
	}
	return 20*time.Second + time.Duration(consumers)*each
}

// begin starts the operator and makes the account.
func (m *measurement) begin(ctx context.Context) error {
	if err := m.createAccount(ctx, m.endpoint, m.resync); err != nil {
		return err
	}
	if err := m.operator.start(); err != nil {
		return err
	}
	account := []*v1alpha1.AWSAccount{{}}
	account[0].Name = m.account
	return m.until(ctx, "account ready", func() (int, int) { return countReady(m.tracker, account, 1), 1 })
}

func (m *measurement) phases(ctx context.Context) error {
	for _, phase := range []func(context.Context) error{m.begin, m.converge, m.recheck, m.changeAll, m.restart, m.deleteAll} {
		if err := phase(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (m *measurement) converge(ctx context.Context) error {
	before, began := m.calls.snapshot(), time.Now()
	if err := m.apply(ctx); err != nil {
		return err
	}
	progress("%9s  created after %.1f s", m.rate, time.Since(began).Seconds())
	if err := m.until(ctx, "ready", m.countReady(1)); err != nil {
		return err
	}
	m.result.ReadySeconds = round(time.Since(began).Seconds())
	if err := m.settle(ctx); err != nil {
		return err
	}
	m.result.Calls = m.calls.snapshot().since(before)
	m.result.CallsPerConsumer = m.perConsumer(m.result.Calls)
	return nil
}

// recheck waits for one round of periodic checks over all consumers and counts its calls.
func (m *measurement) recheck(ctx context.Context) error {
	calls, err := m.round(ctx, "checked again", func() error { return nil })
	if err != nil {
		return err
	}
	m.result.RecheckCallsPerConsumer = m.perConsumer(calls)
	m.result.Quiet = costOf(calls, float64(m.calls.looksAt(m.queues()))/float64(len(m.consumers)), m.world)
	m.result.recheckWrites = calls.writes()
	return nil
}

func (m *measurement) changeAll(ctx context.Context) error {
	before := m.calls.snapshot()
	if err := m.change(ctx); err != nil {
		return err
	}
	if err := m.until(ctx, "changed", m.countReady(2)); err != nil {
		return err
	}
	if err := m.settle(ctx); err != nil {
		return err
	}
	m.result.ChangeCallsPerConsumer = m.perConsumer(m.calls.snapshot().since(before))
	return nil
}

// restart counts the calls of a new process until it has looked at all consumers.
func (m *measurement) restart(ctx context.Context) error {
	calls, err := m.round(ctx, "seen after the restart", func() error {
		if err := m.operator.stop(); err != nil {
			return err
		}
		return m.operator.start()
	})
	m.result.RestartCallsPerConsumer = m.perConsumer(calls)
	m.result.restartWrites = calls.writes()
	return err
}

func (m *measurement) deleteAll(ctx context.Context) error {
	before, began := m.calls.snapshot(), time.Now()
	if err := m.remove(ctx); err != nil {
		return err
	}
	if err := m.until(ctx, "deleted", func() (int, int) {
		return countGone(m.tracker, m.consumers) + countGone(m.tracker, m.topologies), len(m.consumers) + len(m.topologies)
	}); err != nil {
		return err
	}
	m.result.DeleteSeconds = round(time.Since(began).Seconds())
	m.perConsumer(m.calls.snapshot().since(before))
	err := m.operator.stop()
	m.result.PeakRSSMiB = round(m.operator.peak)
	return err
}

// round counts the calls from a cause until every consumer has been looked at and AWS is left alone.
func (m *measurement) round(ctx context.Context, what string, cause func() error) (counts, error) {
	queues, before := m.queues(), m.calls.snapshot()
	m.calls.forgetLooks()
	if err := cause(); err != nil {
		return nil, err
	}
	if err := m.until(ctx, what, func() (int, int) {
		once, _ := m.calls.looked(queues)
		return once, len(queues)
	}); err != nil {
		return nil, err
	}
	if err := m.settle(ctx); err != nil {
		return nil, err
	}
	if _, again := m.calls.looked(queues); again > 0 {
		progress("%9s  %d consumers were looked at more than once", m.rate, again)
	}
	return m.calls.snapshot().since(before), nil
}

func (m *measurement) countReady(generation int64) func() (int, int) {
	return func() (int, int) {
		return countReady(m.tracker, m.consumers, generation) + countReady(m.tracker, m.topologies, 1), len(m.consumers) + len(m.topologies)
	}
}

// perConsumer divides the calls of a phase, which it also shows.
func (m *measurement) perConsumer(calls counts) float64 {
	each := round(float64(calls.total()) / float64(len(m.consumers)))
	progress("%9s  %.2f calls a consumer: %s", m.rate, each, list(calls))
	return each
}

// settle waits until no call has been made for a while.
func (m *measurement) settle(ctx context.Context) error {
	return m.until(ctx, "settled", func() (int, int) {
		if m.calls.quiet(calm) {
			return 1, 1
		}
		return 0, 1
	})
}

// until waits until all are done, and says now and then how many are.
func (m *measurement) until(ctx context.Context, what string, count func() (done, all int)) error {
	began, said, ticker := time.Now(), time.Now(), time.NewTicker(tick)
	defer ticker.Stop()
	limit := phaseTimeout + time.Duration(len(m.consumers))*time.Second
	for {
		done, all := count()
		passed := time.Since(began)
		if done == all || time.Since(said) >= pace {
			progress("%9s  %s: %d of %d after %.1f s, %d calls", m.rate, what, done, all, passed.Seconds(), m.calls.snapshot().total())
			said = time.Now()
		}
		if done == all {
			return nil
		}
		if err := m.operator.alive(); err != nil {
			return err
		}
		if passed > limit {
			return fmt.Errorf("waiting until all are %s: %d of %d after %s; %s", what, done, all, limit, m.operator.tail())
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
