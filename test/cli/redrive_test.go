package cli

import (
	"io"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// runs is a namespace with ConsumerQueues whose messages are to be moved, and somebody who may.
type runs struct {
	t         *testing.T
	namespace string
	user      user
}

func newRuns(t *testing.T, namespace string, queues ...*v1alpha1.ConsumerQueue) runs {
	t.Helper()
	r := runs{t: t, namespace: inNamespace(t, namespace), user: person(t, namespace+"-dev", namespace, developer...)}
	clears(t, namespace)
	for _, q := range queues {
		q.Namespace = namespace
		create(t, q)
	}
	return r
}

// filled is a ConsumerQueue of so many dead letters.
func filled(name string, deadLetters int64, spec v1alpha1.QueueSettings) *v1alpha1.ConsumerQueue {
	at := func(queue string) *v1alpha1.QueueLocation {
		return &v1alpha1.QueueLocation{QueueURL: "https://sqs.eu-west-1.amazonaws.com/" + account + "/" + queue, QueueARN: arn(queue)}
	}
	return &v1alpha1.ConsumerQueue{
		ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: v1alpha1.ConsumerQueueSpec{QueueSettings: spec},
		Status: v1alpha1.ConsumerQueueStatus{
			Account:  &v1alpha1.AccountStatus{Name: "default", AccountID: account, Region: region},
			QueueURL: at(name).QueueURL, QueueARN: at(name).QueueARN, QueueName: name,
			DeadLetter: at(name + "-dlq"), Undelivered: at(name + "-undelivered"),
			Messages: &v1alpha1.MessageCounts{DeadLettered: deadLetters, Visible: 7, Undelivered: 2},
		},
	}
}

// stamped are names of Redrives, which have the time in them.
var stamped = regexp.MustCompile(`-\d{8}-\d{6}\b`)

func goldenStamped(t *testing.T, name, got string) {
	t.Helper()
	golden(t, name, stamped.ReplaceAllString(got, "-STAMP"))
}

// only is the one Redrive of a queue.
func (r runs) only(queue string) *v1alpha1.Redrive {
	r.t.Helper()
	all := &v1alpha1.RedriveList{}
	if err := env.Client.List(r.t.Context(), all, client.InNamespace(r.namespace)); err != nil {
		r.t.Fatal(err)
	}
	var found []v1alpha1.Redrive
	for _, one := range all.Items {
		if one.Spec.ConsumerQueue.Name == queue {
			found = append(found, one)
		}
	}
	if len(found) != 1 {
		r.t.Fatalf("%d Redrives of %s, want one", len(found), queue)
	}
	return &found[0]
}

// says changes a Redrive's status, as the operator does.
func (r runs) says(one *v1alpha1.Redrive, change func(*v1alpha1.RedriveStatus)) {
	r.t.Helper()
	before := one.DeepCopy()
	change(&one.Status)
	if err := env.Client.Status().Patch(r.t.Context(), one, client.MergeFrom(before), client.FieldOwner("manager")); err != nil {
		r.t.Fatal(err)
	}
}

func moved(state v1alpha1.RedriveState, n, of int64) func(*v1alpha1.RedriveStatus) {
	return func(s *v1alpha1.RedriveStatus) {
		s.State, s.MessagesMoved, s.MessagesToMove, s.Progress = state, n, of, int32(100*n/of)
	}
}

func over(condition, reason, message string, change func(*v1alpha1.RedriveStatus)) func(*v1alpha1.RedriveStatus) {
	return func(s *v1alpha1.RedriveStatus) {
		change(s)
		s.Conditions = []metav1.Condition{{Type: condition, Status: metav1.ConditionTrue, Reason: reason, Message: message, LastTransitionTime: metav1.Now()}}
	}
}

// TestRedriveMakesOne: by Kubernetes alone, with what the flags say, and in words what was done.
func TestRedriveMakesOne(t *testing.T) {
	t.Parallel()
	shared := v1alpha1.QueueSettings{DeadLetter: &v1alpha1.DeadLetter{ConsumerQueue: &v1alpha1.LocalReference{Name: "graveyard"}}}
	fifo := v1alpha1.QueueSettings{FIFO: &v1alpha1.QueueFIFO{}}
	r := newRuns(t, "runs", filled("inventory", 240, v1alpha1.QueueSettings{}), filled("invoices", 0, v1alpha1.QueueSettings{}), filled("pay", 3, fifo),
		filled("first", 0, shared), filled("graveyard", 0, v1alpha1.QueueSettings{DeadLetter: &v1alpha1.DeadLetter{Disabled: true}}),
		filled("other", 1, v1alpha1.QueueSettings{}), filled("spare", 1, v1alpha1.QueueSettings{}))
	for queue, c := range map[string]struct {
		args []string
		want v1alpha1.RedriveSpec
	}{
		"inventory": {
			[]string{"--rate", "50", "--max", "100", "--halt-on-return-ratio", "0.1", "--observe-for", "90s", "--ttl", "36h"},
			v1alpha1.RedriveSpec{MaxMessagesPerSecond: ptr.To(int32(50)), MaxMessages: ptr.To(int64(100)), HaltOnReturnRatio: "0.1", ObserveFor: "1m30s", TTLSecondsAfterFinished: ptr.To(int32(129600))},
		},
		"invoices":  {nil, v1alpha1.RedriveSpec{}},
		"pay":       {nil, v1alpha1.RedriveSpec{}},
		"graveyard": {nil, v1alpha1.RedriveSpec{}},
		"other":     {[]string{"--undelivered"}, v1alpha1.RedriveSpec{Source: v1alpha1.RedriveUndelivered}},
		"spare":     {[]string{"--to", "consumerqueue/inventory"}, v1alpha1.RedriveSpec{Destination: &v1alpha1.RedriveDestination{ConsumerQueue: v1alpha1.LocalReference{Name: "inventory"}}}},
	} {
		t.Run(queue, func(t *testing.T) {
			goldenStamped(t, "redrive/"+queue, r.user.ok(t, append([]string{"redrive", queue}, c.args...)...))
			got := r.only(queue)
			c.want.ConsumerQueue.Name = queue
			if !stamped.MatchString(got.Name) {
				t.Errorf("its name is %s", got.Name)
			}
			same(t, c.want, got.Spec)
		})
	}
}

// TestRedriveForPrograms: -o and --dry-run as kubectl create has them.
func TestRedriveForPrograms(t *testing.T) {
	t.Parallel()
	r := newRuns(t, "runs-printed", filled("inventory", 240, v1alpha1.QueueSettings{}))
	run := func(args ...string) string { return r.user.ok(t, append([]string{"redrive", "inventory"}, args...)...) }
	goldenStamped(t, "redrive/dry-run-yaml", run("--rate", "50", "--dry-run=client", "-o", "yaml"))
	goldenStamped(t, "redrive/dry-run-server", run("--rate", "50", "--dry-run=server"))
	goldenStamped(t, "redrive/dry-run-client", run("--rate", "50", "--dry-run=client"))
	all := &v1alpha1.RedriveList{}
	if err := env.Client.List(t.Context(), all, client.InNamespace(r.namespace)); err != nil || len(all.Items) != 0 {
		t.Errorf("a dry run made %d Redrives, %v", len(all.Items), err)
	}
	name := strings.TrimSpace(run("-o", "name"))
	if want := "redrive.messaging.skein.dev/" + r.only("inventory").Name; name != want {
		t.Errorf("printed %q, want %q", name, want)
	}
}

// TestRedriveIsRefused before anything is made, with what helps.
func TestRedriveIsRefused(t *testing.T) {
	t.Parallel()
	r := newRuns(t, "runs-refused", filled("inventory", 240, v1alpha1.QueueSettings{}), filled("busy", 5, v1alpha1.QueueSettings{}),
		filled("first", 0, v1alpha1.QueueSettings{DeadLetter: &v1alpha1.DeadLetter{ConsumerQueue: &v1alpha1.LocalReference{Name: "graveyard"}}}),
		filled("none", 0, v1alpha1.QueueSettings{DeadLetter: &v1alpha1.DeadLetter{Disabled: true}}),
		filled("pay", 0, v1alpha1.QueueSettings{FIFO: &v1alpha1.QueueFIFO{}}))
	done := &v1alpha1.Redrive{ObjectMeta: metav1.ObjectMeta{Namespace: r.namespace, Name: "fix-1"}, Spec: v1alpha1.RedriveSpec{ConsumerQueue: v1alpha1.LocalReference{Name: "inventory"}}}
	done.Status.State = v1alpha1.RedriveSucceeded
	create(t, done)
	running := &v1alpha1.Redrive{ObjectMeta: metav1.ObjectMeta{Namespace: r.namespace, Name: "fix-2"}, Spec: v1alpha1.RedriveSpec{ConsumerQueue: v1alpha1.LocalReference{Name: "busy"}}}
	moved(v1alpha1.RedriveRunning, 2, 5)(&running.Status)
	create(t, running)
	waiting := &v1alpha1.Redrive{ObjectMeta: metav1.ObjectMeta{Namespace: r.namespace, Name: "fix-3"}, Spec: v1alpha1.RedriveSpec{ConsumerQueue: v1alpha1.LocalReference{Name: "pay"}}}
	waiting.Status.State = v1alpha1.RedrivePending
	waiting.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonConsumerQueueNotFound, Message: "there is no ConsumerQueue nope", LastTransitionTime: metav1.Now()}}
	create(t, waiting)
	looker := person(t, "runs-looker", r.namespace, viewer...)
	for name, c := range map[string]struct {
		user user
		args []string
		code int
		want []string
	}{
		"no such queue":         {r.user, []string{"inventry"}, 1, []string{`no ConsumerQueue "inventry"`, "Did you mean inventory?"}},
		"may not":               {looker, []string{"inventory"}, 1, []string{`cannot create resource "redrives"`, "ClusterRole skein-redrive-editor-role or edit"}},
		"shared":                {r.user, []string{"first"}, 1, []string{"has no dead-letter queue of its own", "in that of ConsumerQueue graveyard", "kubectl skein redrive graveyard -n runs-refused"}},
		"none":                  {r.user, []string{"none"}, 1, []string{"spec.deadLetter.disabled is true"}},
		"another":               {r.user, []string{"busy"}, 1, []string{"Redrive fix-2 moves messages of ConsumerQueue runs-refused/busy already: 40%, 2 of about 5 moved", "kubectl get redrive fix-2 -n runs-refused -w", "kubectl delete redrive fix-2"}},
		"another that waits":    {r.user, []string{"pay"}, 1, []string{"Redrive fix-3 waits to move messages of ConsumerQueue runs-refused/pay already: ConsumerQueueNotFound: there is no ConsumerQueue nope", "kubectl delete redrive fix-3"}},
		"to nowhere":            {r.user, []string{"inventory", "--to", "nowhere"}, 1, []string{`no ConsumerQueue "nowhere"`}},
		"to itself":             {r.user, []string{"inventory", "--to", "inventory"}, 1, []string{"--to names the queue itself"}},
		"to a FIFO queue":       {r.user, []string{"inventory", "--to", "pay"}, 1, []string{"one of inventory and pay is a FIFO queue"}},
		"rate":                  {r.user, []string{"inventory", "--rate", "501"}, 2, []string{"--rate is 501; it must be 1 to 500"}},
		"max":                   {r.user, []string{"inventory", "--rate", "1", "--max", "0"}, 2, []string{"--max is 0"}},
		"max without rate":      {r.user, []string{"inventory", "--max", "5"}, 2, []string{"--max needs --rate"}},
		"ratio":                 {r.user, []string{"inventory", "--halt-on-return-ratio", "10%"}, 2, []string{"must be 0.01 to 1"}},
		"observe without ratio": {r.user, []string{"inventory", "--observe-for", "1m"}, 2, []string{"needs --halt-on-return-ratio"}},
		"observe too long":      {r.user, []string{"inventory", "--observe-for", "25h", "--halt-on-return-ratio", "1"}, 2, []string{"it must be 0s to 24h"}},
		"undelivered to":        {r.user, []string{"inventory", "--undelivered", "--to", "pay"}, 2, []string{"leave out --to"}},
		"undelivered ratio":     {r.user, []string{"inventory", "--undelivered", "--halt-on-return-ratio", "1"}, 2, []string{"leave it out with --undelivered"}},
		"observe a fraction":    {r.user, []string{"inventory", "--observe-for", "1500ms", "--halt-on-return-ratio", "1"}, 2, []string{"it must be whole seconds"}},
		"ttl of a century":      {r.user, []string{"inventory", "--ttl", "1193047h"}, 2, []string{"it must be 0s to 8760h"}},
		"ttl":                   {r.user, []string{"inventory", "--ttl", "-1s"}, 2, []string{"--ttl is -1s"}},
		"ttl of a wait":         {r.user, []string{"inventory", "--ttl", "1s", "--wait"}, 2, []string{"with --wait it must be 10s or more"}},
		"timeout":               {r.user, []string{"inventory", "--timeout", "1s"}, 2, []string{"--timeout needs --wait"}},
		"dry run":               {r.user, []string{"inventory", "--dry-run=maybe"}, 2, []string{"none, client or server"}},
		"dry wait":              {r.user, []string{"inventory", "--dry-run=client", "--wait"}, 2, []string{"leave out --wait"}},
		"format":                {r.user, []string{"inventory", "-o", "xml"}, 2, []string{`-o: unable to match a printer suitable for the output format "xml"`}},
	} {
		t.Run(name, func(t *testing.T) {
			got := c.user.fails(t, c.code, append([]string{"redrive"}, c.args...)...)
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("does not say %q:\n%s", want, got)
				}
			}
		})
	}
	if r.only("inventory").Name != "fix-1" || r.only("busy").Name != "fix-2" {
		t.Error("a Redrive was made")
	}
}

// follower is a redrive --wait under way.
type follower struct {
	t              *testing.T
	process        *os.Process
	done           chan struct{}
	code           int
	stdout, stderr output
}

// output is what a process writes, as it writes it.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer.
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// wait starts redrive NAME --wait, and gives the Redrive that it makes. Where there is a terminal it is run there.
func (r runs) wait(terminal *os.File, queue string, args ...string) (*follower, *v1alpha1.Redrive) {
	r.t.Helper()
	command := r.user.command(r.t, built(r.t, "kubectl-skein"), append([]string{"redrive", queue, "--wait"}, args...)...)
	f := &follower{t: r.t, done: make(chan struct{})}
	command.Stdout, command.Stderr = &f.stdout, &f.stderr
	if terminal != nil {
		command.Stdout = terminal
	}
	if err := command.Start(); err != nil {
		r.t.Fatal(err)
	}
	f.process = command.Process
	go func() {
		defer close(f.done)
		_ = command.Wait()
		f.code = command.ProcessState.ExitCode()
	}()
	all := &v1alpha1.RedriveList{}
	gomega.NewWithT(r.t).Eventually(func() int {
		if err := env.Client.List(r.t.Context(), all, client.InNamespace(r.namespace)); err != nil {
			r.t.Fatal(err)
		}
		return len(all.Items)
	}).WithTimeout(20 * time.Second).Should(gomega.Equal(1))
	return f, &all.Items[0]
}

// until waits until it has said that.
func (f *follower) until(said string) {
	f.t.Helper()
	gomega.NewWithT(f.t).Eventually(f.stdout.String).WithTimeout(20 * time.Second).Should(gomega.ContainSubstring(said))
}

// ends waits until it is over, and gives what it wrote.
func (f *follower) ends(code int) (stdout, stderr string) {
	f.t.Helper()
	select {
	case <-f.done:
	case <-time.After(30 * time.Second):
		f.t.Fatal("it does not end")
	}
	if f.code != code {
		f.t.Errorf("exit code %d, want %d\n%s%s", f.code, code, f.stdout.String(), f.stderr.String())
	}
	return f.stdout.String(), f.stderr.String()
}

// TestRedriveIsFollowed by lines without control codes, where there is no terminal.
func TestRedriveIsFollowed(t *testing.T) {
	t.Parallel()
	t.Run("to its end", func(t *testing.T) {
		t.Parallel()
		r := newRuns(t, "runs-complete", filled("inventory", 240, v1alpha1.QueueSettings{}))
		f, one := r.wait(nil, "inventory", "--rate", "50")
		r.says(one, moved(v1alpha1.RedriveRunning, 60, 240))
		f.until("25%")
		r.says(one, over(v1alpha1.ConditionComplete, v1alpha1.ReasonMoved, "240 messages moved back.", moved(v1alpha1.RedriveSucceeded, 240, 240)))
		stdout, stderr := f.ends(0)
		goldenStamped(t, "redrive/followed", pending.ReplaceAllString(stdout, ""))
		if strings.ContainsAny(stdout, "\r\x1b") || stderr != "" {
			t.Errorf("control codes, or an error: %q %q", stdout, stderr)
		}
	})
	t.Run("to its failure", func(t *testing.T) {
		t.Parallel()
		r := newRuns(t, "runs-failed", filled("inventory", 240, v1alpha1.QueueSettings{}))
		f, one := r.wait(nil, "inventory")
		r.says(one, over(v1alpha1.ConditionFailed, v1alpha1.ReasonTaskFailed, "AWS ended the move: AWS.SimpleQueueService.NonExistentQueue", moved(v1alpha1.RedriveFailed, 60, 240)))
		_, stderr := f.ends(1)
		goldenStamped(t, "redrive/failed", stderr)
	})
	t.Run("until Ctrl-C, which leaves it running", func(t *testing.T) {
		t.Parallel()
		r := newRuns(t, "runs-interrupted", filled("inventory", 240, v1alpha1.QueueSettings{}))
		f, one := r.wait(nil, "inventory")
		r.says(one, moved(v1alpha1.RedriveRunning, 60, 240))
		f.until("25%")
		if err := f.process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		_, stderr := f.ends(130)
		goldenStamped(t, "redrive/interrupted", stderr)
		if one := r.only("inventory"); one.DeletionTimestamp != nil {
			t.Error("it was deleted")
		}
	})
	t.Run("until the timeout, which leaves it running", func(t *testing.T) {
		t.Parallel()
		r := newRuns(t, "runs-timeout", filled("inventory", 240, v1alpha1.QueueSettings{}))
		f, _ := r.wait(nil, "inventory", "--timeout", "1s")
		_, stderr := f.ends(3)
		goldenStamped(t, "redrive/timeout", stderr)
		r.only("inventory")
	})
	t.Run("until it is deleted", func(t *testing.T) {
		t.Parallel()
		r := newRuns(t, "runs-deleted", filled("inventory", 240, v1alpha1.QueueSettings{}))
		f, one := r.wait(nil, "inventory")
		r.says(one, moved(v1alpha1.RedriveRunning, 60, 240))
		f.until("25%")
		if err := env.Client.Delete(t.Context(), one); err != nil {
			t.Fatal(err)
		}
		_, stderr := f.ends(1)
		goldenStamped(t, "redrive/deleted", stderr)
	})
	t.Run("by a bar on a terminal", func(t *testing.T) {
		t.Parallel()
		r := newRuns(t, "runs-terminal", filled("inventory", 240, v1alpha1.QueueSettings{}))
		screen, terminal := openTerminal(t, 72)
		f, one := r.wait(terminal, "inventory")
		go func() { _, _ = io.Copy(&f.stdout, screen) }()
		r.says(one, moved(v1alpha1.RedriveRunning, 60, 240))
		f.until("25%")
		r.says(one, moved(v1alpha1.RedriveRunning, 120, 240))
		f.until("a second")
		r.says(one, over(v1alpha1.ConditionComplete, v1alpha1.ReasonMoved, "240 messages moved back.", moved(v1alpha1.RedriveSucceeded, 240, 240)))
		f.ends(0)
		f.until("is complete")
		stdout := f.stdout.String()
		bars := regexp.MustCompile(`\r(Running  \[#+-+\] 25%, 60 of about 240 moved)\x1b\[K`).FindStringSubmatch(stdout)
		if bars == nil || len(bars[1]) > 72 || !strings.Contains(stdout, "\rSucceeded  [####") {
			t.Errorf("printed %q", stdout)
		}
	})
	t.Run("and printed for programs in the end", func(t *testing.T) {
		t.Parallel()
		r := newRuns(t, "runs-output", filled("inventory", 240, v1alpha1.QueueSettings{}))
		f, one := r.wait(nil, "inventory", "-o", "jsonpath={.status.state} {.status.messagesMoved}")
		r.says(one, over(v1alpha1.ConditionComplete, v1alpha1.ReasonMoved, "240 messages moved back.", moved(v1alpha1.RedriveSucceeded, 240, 240)))
		if stdout, stderr := f.ends(0); stdout != "Succeeded 240" || !strings.Contains(stderr, "is complete: Moved") {
			t.Errorf("printed %q, and beside it %q", stdout, stderr)
		}
	})
}

// pending is a line of before the operator has done anything.
var pending = regexp.MustCompile(`(?m)^Pending: .*\n`)
