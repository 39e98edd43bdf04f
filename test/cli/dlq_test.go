package cli

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

// letters is a namespace with the ConsumerQueue inventory, its queues in a local AWS, and somebody who may use both.
type letters struct {
	aws       *amazon
	clock     *later
	namespace string
	user      user
}

func newLetters(t *testing.T, namespace string, options ...localaws.Option) letters {
	t.Helper()
	l := letters{clock: hoursAgo(), namespace: inNamespace(t, namespace)}
	l.aws = newAmazon(t, append([]localaws.Option{localaws.WithClock(l.clock)}, options...)...)
	clears(t, l.namespace)
	l.aws.queue(t, "inventory-dlq", nil)
	l.aws.queue(t, "inventory-undelivered", nil)
	l.aws.queue(t, "inventory", map[string]string{"RedrivePolicy": `{"deadLetterTargetArn":"` + arn("inventory-dlq") + `","maxReceiveCount":"2"}`})
	create(t, l.consumer("inventory", "inventory", v1alpha1.ConsumerQueueSpec{}))
	l.user = person(t, namespace+"-dev", namespace, developer...).as(account)
	return l
}

// consumer is a ConsumerQueue that the operator has made, and looked at when it had 12 dead letters.
func (l letters) consumer(name, queue string, spec v1alpha1.ConsumerQueueSpec) *v1alpha1.ConsumerQueue {
	at := func(queue string) *v1alpha1.QueueLocation {
		return &v1alpha1.QueueLocation{QueueURL: l.aws.url(queue), QueueARN: arn(queue)}
	}
	stem, suffix, _ := strings.Cut(queue, ".")
	if suffix != "" {
		suffix = "." + suffix
	}
	return &v1alpha1.ConsumerQueue{
		ObjectMeta: metav1.ObjectMeta{Namespace: l.namespace, Name: name}, Spec: spec,
		Status: v1alpha1.ConsumerQueueStatus{
			Account:  &v1alpha1.AccountStatus{Name: "default", AccountID: account, Region: region},
			QueueURL: l.aws.url(queue), QueueARN: arn(queue), QueueName: queue,
			DeadLetter: at(stem + "-dlq" + suffix), Undelivered: at(stem + "-undelivered" + suffix),
			Messages: &v1alpha1.MessageCounts{DeadLettered: 12},
			Conditions: []metav1.Condition{{
				Type: v1alpha1.ConditionDeliverable, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonQueuePolicyMissing, LastTransitionTime: metav1.Now(),
				Message: "queue/inventory Policy[SkeinTopics]: it does not let SNS send; Skein sets it back",
			}},
		},
	}
}

// poison fills the dead-letter queue with orders that failed twice, sent one after the other: SQS tells the time in milliseconds.
func (l letters) poison(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		l.clock.step(2 * time.Millisecond)
		l.aws.send(t, "inventory", `{"orderId": "`+strconv.Itoa(1000+i)+`",`+"\n"+` "items": [1, 2]}`, "", map[string]string{"eventType": "OrderPlaced", "tenant": "acme"})
	}
	l.aws.fail(t, "inventory")
}

// dlq shows dead letters by the local AWS, as its user.
func (l letters) dlq(t *testing.T, args ...string) result {
	t.Helper()
	return l.user.run(t, append([]string{"dlq", "--endpoint-url", l.aws.endpoint}, args...)...)
}

func (l letters) shows(t *testing.T, args ...string) string {
	t.Helper()
	got := l.dlq(t, args...)
	if got.code != 0 || got.stderr != "" {
		t.Fatalf("dlq %q: code %d\n%s%s", args, got.code, got.stdout, got.stderr)
	}
	if control := regexp.MustCompile(`[\x00-\x09\x0b-\x1f\x7f]`).FindString(got.stdout); control != "" {
		t.Errorf("dlq %q prints the control code %q", args, control)
	}
	return got.stdout
}

// ports are others at every run.
var ports = regexp.MustCompile(`\b127\.0\.0\.1:\d+`)

func goldenPorts(t *testing.T, name, got string) {
	t.Helper()
	golden(t, name, ports.ReplaceAllString(got, "127.0.0.1:PORT"))
}

// TestS13DeadLetters: they are shown, twelve of them even, and all are still there.
func TestS13DeadLetters(t *testing.T) {
	t.Parallel()
	l := newLetters(t, "letters")
	l.poison(t, 12)
	l.aws.send(t, "inventory-undelivered", "\u009b2Jtext\u202e", "", nil)
	for _, c := range []struct {
		golden string
		args   []string
	}{
		{"dlq/some", []string{"inventory", "--max", "3"}},
		{"dlq/all", []string{"cq/inventory", "--max", "100"}},
		{"dlq/full", []string{"inventory", "--max", "1", "--full"}},
		{"dlq/yaml", []string{"inventory", "--max", "1", "-o", "yaml"}},
		{"dlq/undelivered", []string{"inventory", "--undelivered"}},
	} {
		goldenPorts(t, c.golden, l.shows(t, c.args...))
	}
	l.aws.holds(t, "inventory-dlq", 12)
	l.aws.holds(t, "inventory-undelivered", 1)
	var data struct {
		ApproximateMore int
		Messages        []struct {
			MessageID, Body string
			ReceiveCount    int
		}
	}
	if err := json.Unmarshal([]byte(l.shows(t, "inventory", "--max", "11", "-o", "json")), &data); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, m := range data.Messages {
		seen[m.MessageID] = true
		if !json.Valid([]byte(m.Body)) {
			t.Errorf("the body is not as it was sent: %q", m.Body)
		}
	}
	if data.ApproximateMore != 1 || len(seen) != 11 {
		t.Errorf("%d messages, %d more", len(seen), data.ApproximateMore)
	}
	l.aws.holds(t, "inventory-dlq", 12)
}

// TestDeadLettersOfOtherQueues: FIFO, shared, serving as a shared one, none.
func TestDeadLettersOfOtherQueues(t *testing.T) {
	t.Parallel()
	l := newLetters(t, "letters-other")
	shared := v1alpha1.ConsumerQueueSpec{QueueSettings: v1alpha1.QueueSettings{DeadLetter: &v1alpha1.DeadLetter{ConsumerQueue: &v1alpha1.LocalReference{Name: "graveyard"}}}}
	none := v1alpha1.ConsumerQueueSpec{QueueSettings: v1alpha1.QueueSettings{DeadLetter: &v1alpha1.DeadLetter{Disabled: true}}}
	l.aws.queue(t, "graveyard", nil)
	l.aws.queue(t, "pay-dlq.fifo", nil)
	for _, name := range []string{"first", "second"} {
		l.aws.queue(t, name, map[string]string{"RedrivePolicy": `{"deadLetterTargetArn":"` + arn("graveyard") + `","maxReceiveCount":"1"}`})
		cq := l.consumer(name, name, shared)
		cq.Status.DeadLetter = &v1alpha1.QueueLocation{QueueURL: l.aws.url("graveyard"), QueueARN: arn("graveyard")}
		create(t, cq)
		l.clock.step(2 * time.Millisecond)
		l.aws.send(t, name, "failed in "+name, "", nil)
		l.aws.fail(t, name)
	}
	create(t, l.consumer("graveyard", "graveyard", none))
	create(t, l.consumer("pay", "pay.fifo", v1alpha1.ConsumerQueueSpec{QueueSettings: v1alpha1.QueueSettings{FIFO: &v1alpha1.QueueFIFO{}}}))
	for i := range 12 {
		l.aws.send(t, "pay-dlq.fifo", "payment "+strconv.Itoa(i), "customer-7", nil)
	}
	goldenPorts(t, "dlq/shared", l.shows(t, "first"))
	goldenPorts(t, "dlq/serving", l.shows(t, "graveyard"))
	goldenPorts(t, "dlq/fifo", l.shows(t, "pay", "--max", "50"))
	goldenPorts(t, "dlq/empty", l.shows(t, "inventory"))
	l.aws.holds(t, "graveyard", 2)
	l.aws.holds(t, "pay-dlq.fifo", 12)
}

// TestCtrlCGivesDeadLettersBack: what has been received until then is visible again when the program is gone.
func TestCtrlCGivesDeadLettersBack(t *testing.T) {
	t.Parallel()
	l := newLetters(t, "letters-interrupt")
	l.poison(t, 30)
	command := l.user.command(t, built(t, "kubectl-skein"), "dlq", "inventory", "--max", "100", "--endpoint-url", l.aws.endpoint)
	var stderr strings.Builder
	command.Stderr = &stderr
	calls := 0
	l.aws.SetHook(func(c localaws.Call) localaws.Fault {
		if c.Operation != "ReceiveMessage" {
			return localaws.Fault{}
		}
		if calls++; calls == 2 {
			_ = command.Process.Signal(os.Interrupt)
			return localaws.Fault{Latency: 300 * time.Millisecond}
		}
		return localaws.Fault{}
	})
	if err := command.Run(); err == nil || command.ProcessState.ExitCode() != 130 {
		t.Errorf("exit code %d", command.ProcessState.ExitCode())
	}
	if got := stderr.String(); !strings.Contains(got, "20 messages had been received and were given back") {
		t.Errorf("said %q", got)
	}
	l.aws.SetHook(nil)
	l.aws.holds(t, "inventory-dlq", 30)
}

// TestASecondCtrlCEndsALookAtOnce: AWS may not answer for long. What it held is visible again by itself.
func TestASecondCtrlCEndsALookAtOnce(t *testing.T) {
	t.Parallel()
	l := newLetters(t, "letters-impatient")
	l.poison(t, 30)
	command := l.user.command(t, built(t, "kubectl-skein"), "dlq", "inventory", "--max", "100", "--endpoint-url", l.aws.endpoint)
	calls := 0
	l.aws.SetHook(func(c localaws.Call) localaws.Fault {
		if c.Operation != "ReceiveMessage" {
			return localaws.Fault{}
		}
		if calls++; calls < 2 {
			return localaws.Fault{}
		}
		go func() {
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			for range tick.C {
				if command.Process.Signal(os.Interrupt) != nil {
					return
				}
			}
		}()
		return localaws.Fault{Latency: time.Second}
	})
	if err := command.Run(); err == nil || command.ProcessState.Exited() {
		t.Errorf("it ended by itself with code %d", command.ProcessState.ExitCode())
	}
	l.aws.SetHook(nil)
	l.clock.step(30 * time.Second)
	l.aws.holds(t, "inventory-dlq", 30)
}

// TestAKilledLookLosesNothing: what it held is visible again by itself.
func TestAKilledLookLosesNothing(t *testing.T) {
	t.Parallel()
	l := newLetters(t, "letters-killed")
	l.poison(t, 10)
	command := l.user.command(t, built(t, "kubectl-skein"), "dlq", "inventory", "--max", "10", "--endpoint-url", l.aws.endpoint)
	l.aws.SetHook(func(c localaws.Call) localaws.Fault {
		if c.Operation == "ChangeMessageVisibilityBatch" {
			_ = command.Process.Signal(syscall.SIGKILL)
			return localaws.Fault{DropConnection: true}
		}
		return localaws.Fault{}
	})
	if err := command.Run(); err == nil {
		t.Error("it was not killed")
	}
	l.aws.SetHook(nil)
	l.clock.step(30 * time.Second)
	l.aws.holds(t, "inventory-dlq", 10)
}

// TestDeadLettersThatCannotBeShown: each says what is missing, and nothing is received.
func TestDeadLettersThatCannotBeShown(t *testing.T) {
	t.Parallel()
	l := newLetters(t, "letters-errors", localaws.WithAccessKey("AKIAELSEWHERE", "999988887777", "arn:aws:iam::999988887777:user/jane"))
	l.poison(t, 1)
	stalled := l.consumer("stalled", "stalled", v1alpha1.ConsumerQueueSpec{})
	stalled.Status.DeadLetter, stalled.Status.Undelivered = nil, nil
	stalled.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonNotOwned, Message: "queue/stalled is not ours", LastTransitionTime: metav1.Now()}}
	create(t, stalled)
	create(t, l.consumer("none", "none", v1alpha1.ConsumerQueueSpec{QueueSettings: v1alpha1.QueueSettings{
		DeadLetter: &v1alpha1.DeadLetter{Disabled: true}, Undelivered: &v1alpha1.Undelivered{Disabled: true},
	}}))
	create(t, l.consumer("gone", "gone", v1alpha1.ConsumerQueueSpec{}))
	l.aws.queue(t, "chained-dlq", map[string]string{"RedrivePolicy": `{"deadLetterTargetArn":"` + arn("inventory-undelivered") + `","maxReceiveCount":"2"}`})
	create(t, l.consumer("chained", "chained", v1alpha1.ConsumerQueueSpec{}))
	l.aws.queue(t, "secret-dlq", map[string]string{"KmsMasterKeyId": "alias/orders"})
	create(t, l.consumer("secret", "secret", v1alpha1.ConsumerQueueSpec{}))
	config := file(t, "[profile other]\nsso_account_id = 999988887777\n[profile oncall]\nrole_arn = arn:aws:iam::"+account+":role/oncall\n[default]\nregion = x\n")
	local, refused := []string{"--endpoint-url", l.aws.endpoint}, func(operation, code string) localaws.Hook {
		return func(c localaws.Call) localaws.Fault {
			if c.Operation == operation {
				return localaws.Fault{Code: code, Message: "no identity-based policy allows it"}
			}
			return localaws.Fault{}
		}
	}
	plain := l.user
	for name, c := range map[string]struct {
		user user
		hook localaws.Hook
		args []string
		code int
		want []string
	}{
		"no such queue":    {plain, nil, []string{"inventry"}, 1, []string{`no ConsumerQueue "inventry"`, "Did you mean inventory?"}},
		"no queue yet":     {plain, nil, []string{"stalled"}, 1, []string{"has no dead-letter queue in AWS yet: NotOwned: queue/stalled is not ours", "kubectl skein status stalled"}},
		"none undelivered": {plain, nil, []string{"stalled", "--undelivered"}, 1, []string{"has no undelivered queue in AWS yet", "with the first subscription"}},
		"disabled":         {plain, nil, []string{"none"}, 1, []string{"spec.deadLetter.disabled is true", "Remove that field"}},
		"nothing kept":     {plain, nil, []string{"none", "--undelivered"}, 1, []string{"spec.undelivered.disabled is true", "Remove that field"}},
		"too many":         {plain, nil, []string{"inventory", "--max", "1001"}, 2, []string{"--max is 1001; it must be 1 to 1000"}},
		"full data":        {plain, nil, []string{"inventory", "--full", "-o", "json"}, 2, []string{"--full is for people"}},
		"gone in AWS":      {plain, nil, append(local, "gone"), 1, []string{arn("gone-dlq") + " does not exist in AWS", "kubectl skein status"}},
		"another account":  {plain.as("AKIAELSEWHERE", "AWS_CONFIG_FILE="+config), nil, append(local, "inventory"), 1, []string{"arn:aws:iam::999988887777:user/jane of account 999988887777", "lives in account " + account, "nothing was looked at", "--profile oncall"}},
		"no profile known": {plain.as("AKIAELSEWHERE"), nil, append(local, "inventory"), 1, []string{"a profile of that account (--profile or AWS_PROFILE)"}},
		"no such profile":  {plain, nil, append(local, "inventory", "--profile", "nobody"), 1, []string{"AWS cannot be asked with your credentials", "nobody", "--profile"}},
		"no credentials":   {user{kubeconfig: plain.kubeconfig, environment: []string{"AWS_EC2_METADATA_DISABLED=true"}}, nil, append(local, "inventory"), 1, []string{"AWS cannot be asked with your credentials", "AWS_PROFILE"}},
		"may not see it":   {plain, refused("GetQueueAttributes", "AccessDenied"), append(local, "inventory"), 1, []string{"may not call sqs:GetQueueAttributes for inventory-dlq", "A look needs sqs:GetQueueAttributes, sqs:ReceiveMessage and sqs:ChangeMessageVisibility on " + arn("inventory-dlq")}},
		"may not receive":  {plain, refused("ReceiveMessage", "AccessDenied"), append(local, "inventory"), 1, []string{"user/local may not call sqs:ReceiveMessage for " + arn("inventory-dlq"), "A look needs"}},
		"may not decrypt":  {plain, refused("ReceiveMessage", "KMS.AccessDeniedException"), append(local, "secret"), 1, []string{"user/local cannot use the key alias/orders", "KMS.AccessDeniedException", "Ask for kms:Decrypt"}},
		"moves on":         {plain, nil, append(local, "chained"), 1, []string{"has a redrive policy of its own", "received 2 times goes to " + arn("inventory-undelivered"), "--force"}},
	} {
		t.Run(name, func(t *testing.T) {
			l.aws.SetHook(c.hook)
			defer l.aws.SetHook(nil)
			c.user.isTold(t, c.want, c.code, append([]string{"dlq"}, c.args...)...)
		})
	}
	// Nobody has received it meanwhile: this is the third time.
	if text := l.shows(t, "inventory"); !regexp.MustCompile(`(?m)^[0-9a-f-]{36}   3 `).MatchString(text) {
		t.Errorf("its receives are not three:\n%s", text)
	}
	l.aws.holds(t, "inventory-dlq", 1)
}

// TestAWSOutOfReach: what may be behind it is said too.
func TestAWSOutOfReach(t *testing.T) {
	t.Parallel()
	l := newLetters(t, "letters-reach")
	for name, c := range map[string]struct {
		user user
		args []string
		want []string
	}{
		"nobody there":       {l.user, []string{"--endpoint-url", "http://127.0.0.1:1"}, []string{"AWS cannot be reached: 127.0.0.1:1: connection refused", "--endpoint-url"}},
		"may not know where": {l.user.as(account, "AWS_ENDPOINT_URL=http://127.0.0.1:1"), nil, []string{"cannot be reached", "you may not read AWSAccount default", "--endpoint-url"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.user.isTold(t, c.want, 1, append([]string{"dlq", "inventory"}, c.args...)...)
		})
	}
}

// TestLookingSaysWhatItCannotGiveBack: the messages are shown, and the warning stands beside.
func TestLookingSaysWhatItCannotGiveBack(t *testing.T) {
	t.Parallel()
	l := newLetters(t, "letters-hidden")
	l.poison(t, 2)
	l.aws.SetHook(func(c localaws.Call) localaws.Fault {
		if c.Operation == "ChangeMessageVisibilityBatch" {
			return localaws.Fault{Code: "AccessDenied"}
		}
		return localaws.Fault{}
	})
	got := l.dlq(t, "inventory")
	if got.code != 0 || !strings.Contains(got.stderr, "Warning: 2 messages could not be given back") || !strings.Contains(got.stderr, "sqs:ChangeMessageVisibility") ||
		!strings.Contains(got.stdout, "All but 2 were given back") {
		t.Errorf("code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
}

// TestWhereAWSIsReached: as the AWSAccount says, for those who may read it.
func TestWhereAWSIsReached(t *testing.T) {
	t.Parallel()
	l := newLetters(t, "letters-where")
	l.poison(t, 1)
	there := &v1alpha1.AWSAccount{ObjectMeta: metav1.ObjectMeta{Name: "letters-where"}, Spec: v1alpha1.AWSAccountSpec{Region: region, Endpoint: l.aws.endpoint}}
	create(t, there)
	t.Cleanup(func() { _ = env.Client.Delete(context.Background(), there) })
	cq := l.consumer("where", "inventory", v1alpha1.ConsumerQueueSpec{AccountRef: &v1alpha1.AccountReference{Name: "letters-where"}})
	cq.Status.Account.Name = "letters-where"
	create(t, cq)
	everywhere(t, "letters-where-dev", prefix+"awsaccount-viewer-role")
	if text := l.user.ok(t, "dlq", "where"); !strings.Contains(text, "1 message.") {
		t.Errorf("got\n%s", text)
	}
	// A profile is found in the files where the AWS CLI looks.
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, ".aws"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, ".aws", "credentials"), []byte("[oncall]\naws_access_key_id = "+account+"\naws_secret_access_key = x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	u := user{kubeconfig: l.user.kubeconfig, environment: []string{"HOME=" + home}}
	if text := u.ok(t, "dlq", "where", "--profile", "oncall"); !strings.Contains(text, "1 message.") {
		t.Errorf("got\n%s", text)
	}
}
