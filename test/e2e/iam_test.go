package e2e

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/testenv"
)

// The policy of docs/iam.md permits what the operator calls in a run that goes through everything, and nothing else.
func TestIAMPolicyCoversEveryCall(t *testing.T) {
	if diff := cmp.Diff(permitted(t), exercise(t)); diff != "" {
		t.Errorf("actions of the policy in docs/iam.md, and those that the operator called (-permitted +called):\n%s", diff)
	}
}

// No call stands in the code that the policy does not permit, whether or not a test comes by it.
func TestIAMPolicyKnowsTheCode(t *testing.T) {
	if diff := cmp.Diff(permitted(t), callable(t)); diff != "" {
		t.Errorf("actions of the policy in docs/iam.md, and those that stand in internal/cloud (-permitted +in the code):\n%s", diff)
	}
}

// permitted gives the actions of the first JSON block of docs/iam.md, which is the operator's policy. Each has its line in the page's table.
func permitted(t *testing.T) []string {
	t.Helper()
	root, err := testenv.Root()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(root, "docs", "iam.md"))
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```json\n(.*?)```").FindSubmatch(content)
	if block == nil {
		t.Fatal("docs/iam.md has no block of JSON")
	}
	document, err := policydoc.Parse(string(block[1]))
	if err != nil {
		t.Fatal(err)
	}
	var actions []string
	for _, s := range document.Statements {
		if s.Effect != "Allow" || len(s.Resource) == 0 {
			t.Errorf("statement %s does not allow something on some resource", s.Sid)
		}
		actions = append(actions, s.Action...)
	}
	for _, a := range actions {
		if !strings.Contains(string(content), "\n| `"+a+"` |") {
			t.Errorf("docs/iam.md does not say what %s is for", a)
		}
	}
	slices.Sort(actions)
	return actions
}

// callable gives the operations of the SDK that stand in the sources: methods of the clients called sqs, sns, sts, kms, cloudwatch and tagging.
func callable(t *testing.T) []string {
	t.Helper()
	root, err := testenv.Root()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(root, "internal", "cloud", "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no sources: %v", err)
	}
	services := map[string]string{"sqs": "sqs", "sns": "sns", "sts": "sts", "kms": "kms", "tagging": "tag", "cloudwatch": "cloudwatch"}
	found := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(source, func(n ast.Node) bool {
			method, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if of, ok := method.X.(*ast.SelectorExpr); ok && services[of.Sel.Name] != "" {
				// A batch needs the permission of its single call.
				found[services[of.Sel.Name]+":"+strings.TrimSuffix(method.Sel.Name, "Batch")] = true
			}
			if method.Sel.Name == "NewAssumeRoleProvider" {
				found["sts:AssumeRole"] = true
			}
			return true
		})
	}
	return slices.Sorted(maps.Keys(found))
}

// exercise takes the operator through all that it does, with a role that it assumes, and gives the actions that it needed.
func exercise(t *testing.T) []string {
	t.Helper()
	w := bareWorld(t, env.Namespace(t), 0)
	w.createAccount(func(s *v1alpha1.AWSAccountSpec) {
		s.Credentials.AssumeRole = &v1alpha1.AssumeRole{RoleARN: "arn:aws:iam::" + accountID + ":role/skein", ExternalID: "e2e"}
	})
	w.start()
	mt := w.topology("orders", asIs)
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		to("orders", "events")(s)
		s.Encryption = &v1alpha1.QueueEncryption{Type: v1alpha1.EncryptionKMS, KMS: &v1alpha1.KMSEncryption{KeyID: w.keyFor("sns.amazonaws.com")}}
		s.Alarms = &v1alpha1.Alarms{OldestMessageAge: &v1alpha1.Alarm{}}
	})
	w.queue("shared", func(s *v1alpha1.ConsumerQueueSpec) {
		s.DeadLetter, s.MessageRetention = &v1alpha1.DeadLetter{Disabled: true}, "336h"
	})
	toShared := func(s *v1alpha1.ConsumerQueueSpec) {
		s.DeadLetter = &v1alpha1.DeadLetter{ConsumerQueue: &v1alpha1.LocalReference{Name: "shared"}}
	}
	w.queue("stays", toShared)
	source := w.queue("leaves", toShared)
	w.queue("afar", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{{TopicARN: w.closedTopic("afar")}}
	})
	w.ready(mt, cq, source)
	w.change(mt, cq, source)
	w.redriven()
	w.withoutTaggingAPI()
	w.deleteAll(mt)
	called := map[string]bool{}
	for _, c := range w.aws.Calls() {
		if c.AccessKey != accountID && c.AccessKey != analyticsAccount || c.Service == "sts" {
			called[c.Service+":"+strings.TrimSuffix(c.Operation, "Batch")] = true
		}
	}
	return slices.Sorted(maps.Keys(called))
}

// closedTopic makes a topic of another account that may be subscribed to and not read, and a subscription of a queue to it with settings of its own.
func (w *world) closedTopic(queue string) string {
	w.t.Helper()
	topic := "arn:aws:sns:" + region + ":" + analyticsAccount + ":" + w.namespace + "-closed"
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + accountID + `"},"Action":"sns:Subscribe","Resource":"` + topic + `"}]}`
	_, err := w.inAccount(analyticsAccount).sns.CreateTopic(w.ctx, &sns.CreateTopicInput{
		Name: aws.String(w.namespace + "-closed"), Attributes: map[string]string{"Policy": policy},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	_, err = w.hands().sns.Subscribe(w.ctx, &sns.SubscribeInput{
		TopicArn: &topic, Protocol: aws.String("sqs"), Endpoint: aws.String("arn:aws:sqs:" + region + ":" + accountID + ":" + w.namespace + "-" + queue),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return topic
}

// keyFor makes a KMS key that these services may use.
func (w *world) keyFor(services ...string) string {
	w.t.Helper()
	names, err := json.Marshal(services)
	if err != nil {
		w.t.Fatal(err)
	}
	policy := `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"AWS":"` + accountID + `"},"Action":"kms:*","Resource":"*"},
		{"Effect":"Allow","Principal":{"Service":` + string(names) + `},"Action":["kms:GenerateDataKey*","kms:Decrypt"],"Resource":"*"}]}`
	out, err := kms.NewFromConfig(w.config()).CreateKey(w.ctx, &kms.CreateKeyInput{Policy: &policy})
	if err != nil {
		w.t.Fatal(err)
	}
	return *out.KeyMetadata.KeyId
}

// change edits, and takes back, something of every kind of resource.
func (w *world) change(mt *v1alpha1.MessagingTopology, cq, source *v1alpha1.ConsumerQueue) {
	w.t.Helper()
	for _, tags := range []v1alpha1.Tags{{"team": "orders"}, nil} {
		edit(w, mt, func(o *v1alpha1.MessagingTopology) {
			o.Spec.Tags, o.Spec.Topics[0].DisplayName = tags, string(tags["team"])
		})
		edit(w, cq, func(o *v1alpha1.ConsumerQueue) {
			o.Spec.Tags, o.Spec.VisibilityTimeout = tags, "45s"
			o.Spec.Subscriptions[0].FilterPolicy = filter("team", "orders")
		})
		w.ready()
	}
	edit(w, source, func(o *v1alpha1.ConsumerQueue) { o.Spec.DeadLetter = nil })
	w.settled("the shared queue to be looked at", func() bool { return w.calls()["sqs:ListDeadLetterSourceQueues"] > 0 })
	w.ready()
}

// withoutTaggingAPI lets all tags be read directly.
func (w *world) withoutTaggingAPI() {
	w.t.Helper()
	w.aws.SetHook(func(c localaws.Call) localaws.Fault {
		if c.Service == "tag" {
			return localaws.Fault{Code: "AccessDeniedException"}
		}
		return localaws.Fault{}
	})
	w.jump(resync)
	w.settled("tags to be read directly", func() bool {
		return w.calls()["sqs:ListQueueTags"] > 0 && w.calls()["sns:ListTagsForResource"] > 0
	})
	w.aws.SetHook(nil)
}

// deleteAll deletes everything, while a subscription of someone else holds the topic.
func (w *world) deleteAll(mt *v1alpha1.MessagingTopology) {
	w.t.Helper()
	w.ready(mt)
	h := w.hands()
	other := "arn:aws:sqs:" + region + ":" + accountID + ":other"
	out, err := h.sns.Subscribe(w.ctx, &sns.SubscribeInput{TopicArn: &mt.Status.Topics[0].ARN, Protocol: aws.String("sqs"), Endpoint: &other})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, o := range w.objects() {
		if err := w.Delete(w.ctx, o); err != nil {
			w.t.Fatal(err)
		}
	}
	left := func(n int) func() bool {
		return func() bool {
			w.jump(settle / 20)
			return len(w.objects()) == n
		}
	}
	w.settled("only the topology to be left", left(1))
	if _, err := h.sns.Unsubscribe(w.ctx, &sns.UnsubscribeInput{SubscriptionArn: out.SubscriptionArn}); err != nil {
		w.t.Fatal(err)
	}
	w.settled("the topology to go", left(0))
}
