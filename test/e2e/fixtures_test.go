package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/testenv"
)

// Fixtures are what versions of Skein left behind: test/fixtures/VERSION has the objects, statuses included, and in aws.yaml what AWS held.
// Those of a version that was released are never written anew.
const (
	// version that -update writes.
	version = "v0.1"
	// fixture is the name of the fixtures' namespace and AWSAccount.
	fixture     = "skein-fixture"
	objectsFile = "objects.yaml"
	awsFile     = "aws.yaml"
)

// fixtureKeys are the KMS keys that the fixtures name; SNS may use them, and the service that publishes.
var fixtureKeys = []string{"alias/inventory", "alias/orders"}

// TestP61FixturesOfEarlierVersions lets an operator of today find what an earlier one left behind: it takes everything for its own and writes nothing to AWS.
func TestP61FixturesOfEarlierVersions(t *testing.T) {
	if *update {
		t.Run("write", writeFixtures)
	}
	versions, err := filepath.Glob(filepath.Join(fixtures(t), "*"))
	if err != nil || len(versions) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, dir := range versions {
		t.Run(filepath.Base(dir), func(t *testing.T) { takeOver(t, dir) })
	}
}

func fixtures(t *testing.T) string {
	t.Helper()
	root, err := testenv.Root()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(root, "test", "fixtures")
}

// fixtureWorld is a world in the namespace of the fixtures.
func fixtureWorld(t *testing.T, ahead time.Duration) *world {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: fixture}}
	if err := client.IgnoreAlreadyExists(env.Client.Create(t.Context(), namespace)); err != nil {
		t.Fatal(err)
	}
	w := bareWorld(t, fixture, ahead)
	create(t, secret(w.home, w.account, accountID))
	for _, alias := range fixtureKeys {
		_, err := kms.NewFromConfig(w.config()).CreateAlias(w.ctx, &kms.CreateAliasInput{AliasName: &alias, TargetKeyId: aws.String(w.keyFor("sns.amazonaws.com", "events.amazonaws.com"))})
		if err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// takeOver starts an operator over the objects and the AWS of a version.
func takeOver(t *testing.T, dir string) {
	w := fixtureWorld(t, 0)
	w.rebuild(filepath.Join(dir, awsFile))
	text, err := os.ReadFile(filepath.Join(dir, objectsFile))
	if err != nil {
		t.Fatal(err)
	}
	given := map[string][]v1alpha1.ResourceStatus{}
	rows := map[string]int{}
	made := map[string]client.Object{}
	for _, o := range parse(t, dir, string(text)) {
		for i, ref := range o.GetOwnerReferences() {
			o.GetOwnerReferences()[i].UID = made[ref.Name].GetUID()
		}
		if cq, ok := o.(*v1alpha1.ConsumerQueue); ok {
			w.findSubscriptions(cq)
		}
		w.restore(o)
		made[o.GetName()], given[o.GetName()] = o, inventory(o)
		for _, row := range inventory(o) {
			kind, _, _ := cut(row.Resource)
			rows[kind]++
		}
	}
	w.aws.ResetCalls()
	w.start()
	w.settled("everything to be looked at", func() bool {
		calls := w.calls()
		return calls["sqs:GetQueueAttributes"] >= rows["queue"] && calls["sns:GetSubscriptionAttributes"] >= rows["subscription"] &&
			calls["sns:GetTopicAttributes"] >= rows["topic"]
	})
	w.ready()
	writes := w.mutating()
	for range 2 { // a difference is corrected after a second reading only
		w.aws.ResetCalls()
		w.jump(resync)
		w.settled("the re-check", func() bool {
			if w.calls()["sqs:GetQueueAttributes"] >= rows["queue"] {
				return true
			}
			w.jump(time.Minute) // whoever was still at work when the clock jumped is due later
			return false
		})
		writes = append(writes, w.mutating()...)
	}
	if len(writes) > 0 {
		t.Errorf("wrote to AWS: %q", writes)
	}
	for _, o := range w.objects() {
		if diff := cmp.Diff(given[o.GetName()], inventory(o)); diff != "" {
			t.Errorf("the inventory of %s (-fixture +now):\n%s", o.GetName(), diff)
		}
	}
}

// restore creates an object with its status, as a backup's restore does, and gives it what the apiserver gave.
func (w *world) restore(o client.Object) {
	w.t.Helper()
	whole := o.DeepCopyObject().(client.Object)
	create(w.t, o)
	whole.SetResourceVersion(o.GetResourceVersion())
	if err := w.Status().Update(w.ctx, whole); err != nil {
		w.t.Fatalf("writing the status of %s: %v", o.GetName(), err)
	}
	if err := w.Get(w.ctx, client.ObjectKeyFromObject(o), o); err != nil {
		w.t.Fatal(err)
	}
}

// inventory gives the rows of an object.
func inventory(o client.Object) []v1alpha1.ResourceStatus {
	switch o := o.(type) {
	case *v1alpha1.MessagingTopology:
		return o.Status.Resources
	case *v1alpha1.ConsumerQueue:
		return o.Status.Resources
	default:
		return nil
	}
}
