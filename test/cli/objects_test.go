package cli

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// ago is a time that is shown as the same age during the whole test: half an hour more than so many hours, eight at least, which are shown without minutes.
func ago(hours int) metav1.Time {
	return metav1.NewTime(time.Now().Add(-time.Duration(hours)*time.Hour - 30*time.Minute).Truncate(time.Second))
}

func condition(kind string, status metav1.ConditionStatus, reason, message string) metav1.Condition {
	return metav1.Condition{Type: kind, Status: status, ObservedGeneration: 1, LastTransitionTime: ago(26), Reason: reason, Message: message}
}

const shopARN = "arn:aws:sqs:eu-west-1:123456789012:"

var shopAccount = &v1alpha1.AccountStatus{Name: "default", AccountID: "123456789012", Region: "eu-west-1"}

func shopURL(queue string) string { return "https://sqs.eu-west-1.amazonaws.com/123456789012/" + queue }

func location(queue string) *v1alpha1.QueueLocation {
	return &v1alpha1.QueueLocation{QueueURL: shopURL(queue), QueueARN: shopARN + queue}
}

// orders are a topology and queues in every state that status shows, as an operator would have left them.
func orders(t *testing.T, namespace string) {
	t.Helper()
	create(t, &v1alpha1.MessagingTopology{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "shop"},
		Spec:       v1alpha1.MessagingTopologySpec{Topics: []v1alpha1.Topic{{Name: "orders"}, {Name: "returns"}}},
		Status: v1alpha1.MessagingTopologyStatus{
			ObservedGeneration: 1, Account: shopAccount, Consumers: &v1alpha1.ConsumerCounts{Total: 3, Ready: 2},
			Topics: []v1alpha1.TopicStatus{
				{Name: "orders", TopicName: "shop-orders", ARN: "arn:aws:sns:eu-west-1:123456789012:shop-orders", Subscriptions: 2, State: "Present"},
				{Name: "returns", TopicName: "shop-returns", State: "Creating"},
			},
			Conditions: []metav1.Condition{condition("Ready", metav1.ConditionTrue, "Ready", "All topics are as declared."), condition("Drifted", metav1.ConditionFalse, "InSync", "Nothing.")},
		},
	})
	healthy := queue(namespace, "inventory", &v1alpha1.MessageCounts{Visible: 12, InFlight: 3}, ready())
	create(t, healthy)
	broken := queue(namespace, "orders", &v1alpha1.MessageCounts{Visible: 1, DeadLettered: 240, Undelivered: 2},
		condition("Ready", metav1.ConditionFalse, "QueuePolicyMissing", "The policy of queue orders lacks the statement SkeinTopics; setting it back was refused: AccessDenied."),
		condition("Accepted", metav1.ConditionTrue, "Accepted", "Every owner consents."),
		condition("Deliverable", metav1.ConditionFalse, "QueuePolicyMissing", "SNS may not send to queue orders: add sqs:SendMessage for sns.amazonaws.com."),
		condition("Drifted", metav1.ConditionTrue, "DriftDetected", "1 field differs."),
		condition("DeadLetters", metav1.ConditionTrue, "DeadLettersPresent", "The dead-letter queue orders-dlq holds 240 messages."))
	broken.Spec.DeadLetter = &v1alpha1.DeadLetter{Redrive: &v1alpha1.RedriveSchedule{Schedule: "0 23 * * 0-4", TimeZone: "Asia/Jerusalem"}}
	broken.Status.Redrive = &v1alpha1.RedriveScheduleStatus{LastScheduleTime: ptr.To(ago(30)), HaltedBy: "orders-29"}
	broken.Status.Drift = []v1alpha1.DriftStatus{
		{Resource: "queue/orders", Field: "Policy[SkeinTopics]", Desired: `{"Effect":"Allow"}`, DetectedAt: ago(9), State: v1alpha1.DriftDetected},
		{Resource: "queue/orders", Field: "VisibilityTimeout", Desired: "300", Observed: "30", DetectedAt: ago(50), State: v1alpha1.DriftCorrected},
	}
	create(t, broken)
	create(t, &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "unseen"}, Status: v1alpha1.ConsumerQueueStatus{ObservedGeneration: -1}})
	create(t, redrive(namespace, "fix-41", v1alpha1.RedriveSucceeded, 7, 7))
	create(t, redrive(namespace, "fix-42", v1alpha1.RedriveRunning, 120, 240))
	event(t, broken, "Warning", "QueuePolicyMissing", "The policy of queue orders lacks\nthe statement \x1b[31mSkeinTopics\x1b[0m.", 10)
	event(t, healthy, "Normal", "Created", "Created queue inventory.", 28)
}

func ready() metav1.Condition {
	return condition("Ready", metav1.ConditionTrue, "Ready", "Everything is as declared.")
}

// queue is a ConsumerQueue of the topology shop.
func queue(namespace, name string, messages *v1alpha1.MessageCounts, conditions ...metav1.Condition) *v1alpha1.ConsumerQueue {
	return &v1alpha1.ConsumerQueue{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: v1alpha1.ConsumerQueueSpec{Subscriptions: []v1alpha1.Subscription{{
			Topology: &v1alpha1.TopologyReference{Name: "shop"}, Topic: "orders",
			SubscriptionSettings: v1alpha1.SubscriptionSettings{FilterPolicy: v1alpha1.FilterPolicy{"event_type": apiextensionsv1.JSON{Raw: []byte(`["order.created"]`)}}},
		}}},
		Status: v1alpha1.ConsumerQueueStatus{
			ObservedGeneration: 1, Account: shopAccount, QueueName: name, QueueURL: shopURL(name), QueueARN: shopARN + name,
			DeadLetter: location(name + "-dlq"), Undelivered: location(name + "-undelivered"), Messages: messages,
			Subscriptions: []v1alpha1.SubscriptionStatus{{TopicARN: "arn:aws:sns:eu-west-1:123456789012:shop-orders", State: v1alpha1.SubscriptionConfirmed}},
			Conditions:    conditions,
		},
	}
}

// redrive is a run of the queue orders.
func redrive(namespace, name string, state v1alpha1.RedriveState, moved, of int64) *v1alpha1.Redrive {
	return &v1alpha1.Redrive{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec:       v1alpha1.RedriveSpec{ConsumerQueue: v1alpha1.LocalReference{Name: "orders"}},
		Status: v1alpha1.RedriveStatus{
			ObservedGeneration: 1, State: state, MessagesMoved: moved, MessagesToMove: of, Progress: int32(100 * moved / of),
			Conditions: []metav1.Condition{condition("Ready", metav1.ConditionFalse, string(state), "Messages move.")},
		},
	}
}

// event is one that the operator would write about an object, so many hours ago.
func event(t *testing.T, about client.Object, kind, reason, message string, hours int) {
	t.Helper()
	gvk, err := env.Client.GroupVersionKindFor(about)
	if err != nil {
		t.Fatal(err)
	}
	create(t, &corev1.Event{
		ObjectMeta: metav1.ObjectMeta{Namespace: about.GetNamespace(), GenerateName: "event-"},
		InvolvedObject: corev1.ObjectReference{
			APIVersion: gvk.GroupVersion().String(), Kind: gvk.Kind, Namespace: about.GetNamespace(), Name: about.GetName(), UID: about.GetUID(),
		},
		Type: kind, Reason: reason, Action: "Look", Message: message, EventTime: metav1.NewMicroTime(ago(hours).Time),
		ReportingController: "skein", ReportingInstance: "test",
	})
}
