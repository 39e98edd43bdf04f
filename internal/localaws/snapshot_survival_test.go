package localaws_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/skein-dev/skein/internal/localaws"
)

// survivals are the ways in which a server forgets nothing that AWS would still know.
var survivals = map[string]func(*testing.T, world){
	"restarted": func(_ *testing.T, w world) { w.Restart(localaws.KeepMemory) },
	"saved and loaded": func(t *testing.T, w world) {
		t.Helper()
		file := w.save(t)
		w.Restart(localaws.LoseMemory)
		w.load(t, file)
	},
}

// survive runs a test for each way; the test calls survive where the server goes down and comes back.
func survive(t *testing.T, test func(t *testing.T, w world, survive func())) {
	t.Helper()
	for name, way := range survivals {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			test(t, w, func() { way(t, w) })
		})
	}
}

func TestVisibilityAndReceiveCountsSurvive(t *testing.T) {
	survive(t, func(t *testing.T, w world, survive func()) {
		dlq := w.box(t, "dlq", nil)
		b := w.box(t, "q", map[string]string{"VisibilityTimeout": "30", "RedrivePolicy": redriveTo(dlq.arn, 2)})
		b.send(t, "m")
		must[any](t)(b.trySend(t, "delayed", sqs.SendMessageInput{DelaySeconds: 50}))
		b.wantBodies(t, "first receive", "m")
		w.pass(10 * time.Second)
		survive()
		b.wantCounts(t, "after the restart", "0", "1", "1")
		w.pass(19 * time.Second)
		b.wantCounts(t, "a second before the end of the visibility timeout", "0", "1", "1")
		w.pass(time.Second)
		if got := b.receive(t); len(got) != 1 || got[0].Attributes["ApproximateReceiveCount"] != "2" {
			t.Errorf("second receive: %+v, want the message with count 2", got)
		}
		w.pass(20 * time.Second)
		b.wantBodies(t, "when the delay is over", "delayed")
		w.pass(10 * time.Second)
		b.wantBodies(t, "third receive")
		if got := dlq.receive(t); len(got) != 1 || got[0].Attributes["ApproximateReceiveCount"] != "3" {
			t.Errorf("dead-letter queue: %+v, want the message that was received twice", got)
		}
	})
}

// TestTimePassesWhileNobodyServes: visibility, delay, retention, deduplication and move tasks end meanwhile.
func TestTimePassesWhileNobodyServes(t *testing.T) {
	w := newWorld()
	b := w.box(t, "q", map[string]string{"VisibilityTimeout": "30"})
	short := w.box(t, "short.fifo", fifo("MessageRetentionPeriod", "60"))
	first := short.sendTo(t, "g", "id", "old")
	b.send(t, "m")
	b.wantBodies(t, "first receive", "m")
	dlq, target := w.deadLetters(t, 3)
	w.mustStart(t, dlq, target, 1)
	file := w.save(t)
	w.Restart(localaws.LoseMemory)
	w.pass(5 * time.Minute)
	w.load(t, file)
	w.wantTask(t, "after five minutes", dlq, "COMPLETED 3/3")
	b.wantBodies(t, "visible again", "m")
	short.wantBodies(t, "out of the retention")
	if again := short.sendTo(t, "g", "id", "new"); *again.MessageId == *first.MessageId {
		t.Error("the message is a duplicate of one of five minutes ago")
	}
}

func TestGroupsAndDeduplicationSurvive(t *testing.T) {
	survive(t, func(t *testing.T, w world, survive func()) {
		b := w.box(t, "q.fifo", fifo("DeduplicationScope", "messageGroup"))
		b.set(t, "DeduplicationScope", "queue") // does not change the scope at once
		first := b.sendTo(t, "a", "1", "a1")
		b.sendTo(t, "a", "2", "a2")
		b.sendTo(t, "b", "2", "b2")
		locked := b.receiveBy(t, sqs.ReceiveMessageInput{MaxNumberOfMessages: 1})
		survive()
		if again := b.sendTo(t, "a", "1", "again"); *again.MessageId != *first.MessageId || *again.SequenceNumber != *first.SequenceNumber {
			t.Error("a duplicate was taken for a new message")
		}
		if last := b.sendTo(t, "c", "1", "c1"); *last.SequenceNumber <= *first.SequenceNumber {
			t.Errorf("sequence number %s is not behind %s", *last.SequenceNumber, *first.SequenceNumber)
		}
		b.wantBodies(t, "while group a is locked", "b2", "c1")
		b.delete(t, locked...)
		b.wantBodies(t, "when it is free", "a2")
		w.pass(5 * time.Minute)
		if again := b.sendTo(t, "a", "1", "new"); *again.MessageId == *first.MessageId {
			t.Error("deduplication lasts longer than five minutes")
		}
	})
}

func TestWaitsSurvive(t *testing.T) {
	survive(t, func(t *testing.T, w world, survive func()) {
		b := w.box(t, "q", nil)
		w.queue(t, "deleted", nil)
		w.deleteQueue(t, "deleted")
		purge := func() error {
			_, err := b.client.PurgeQueue(t.Context(), &sqs.PurgeQueueInput{QueueUrl: &b.url})
			return err
		}
		create := func() error {
			_, err := b.client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("deleted")})
			return err
		}
		wantCode(t, "first purge", purge(), "")
		w.pass(59 * time.Second)
		survive()
		wantCode(t, "purging after 59 s", purge(), "AWS.SimpleQueueService.PurgeQueueInProgress")
		wantCode(t, "creating after 59 s", create(), "AWS.SimpleQueueService.QueueDeletedRecently")
		w.pass(time.Second)
		wantCode(t, "purging after 60 s", purge(), "")
		wantCode(t, "creating after 60 s", create(), "")
	})
}

func TestMoveTasksSurvive(t *testing.T) {
	survive(t, func(t *testing.T, w world, survive func()) {
		dlq, target := w.deadLetters(t, 6)
		wantCode(t, "cancelling", second(w.cancelMove(t, w.mustStart(t, dlq, target, 1))), "")
		w.pass(time.Second)
		handle := w.mustStart(t, dlq, target, 1)
		w.pass(2 * time.Second)
		survive()
		w.wantTask(t, "after the restart", dlq, "RUNNING 2/6")
		w.pass(time.Second)
		w.wantTask(t, "a second later", dlq, "RUNNING 3/6")
		wantCode(t, "starting another", second(w.startMove(t, dlq, target, 1)), "InvalidParameterValue")
		wantCode(t, "cancelling", second(w.cancelMove(t, handle)), "")
		w.pass(time.Second)
		survive()
		tasks := w.tasks(t, dlq, 10)
		if len(tasks) != 2 || *tasks[0].Status != "CANCELLED" || tasks[0].ApproximateNumberOfMessagesMoved != 3 {
			t.Errorf("the tasks are %+v, want two, the last one cancelled after 3", tasks)
		}
		wantCode(t, "starting one more", second(w.startMove(t, dlq, target, 1)), "")
	})
}

func second[T any](_ T, err error) error { return err }

func TestSubscriptionsSurvive(t *testing.T) {
	survive(t, func(t *testing.T, w world, survive func()) {
		topic := w.topic(t, "events", nil)
		url, queue := w.queueFor(t, topic, "orders", nil)
		filter := map[string]string{"FilterPolicyScope": "MessageBody", "FilterPolicy": `{"n":[1]}`, "RawMessageDelivery": "true"}
		sub := w.subscribed(t, topic, queue, filter)
		pending := must[*sns.SubscribeOutput](t)(w.sns(owner, region).Subscribe(t.Context(), &sns.SubscribeInput{
			TopicArn: &topic, Protocol: aws.String("https"), Endpoint: aws.String("https://example.com"), ReturnSubscriptionArn: true,
		}))
		token := w.PendingToken(*pending.SubscriptionArn)
		w.publish(t, topic, `{"n":2}`)
		survive()
		w.publish(t, topic, `{"n":1}`)
		w.publish(t, topic, `{"n":3}`)
		if got := w.bodies(t, url); len(got) != 1 || got[0] != `{"n":1}` {
			t.Errorf("received %q, want what the filter policy lets pass", got)
		}
		w.wantDelivery(t, sub, map[string]int{
			"NumberOfNotificationsDelivered": 1, "NumberOfNotificationsFilteredOut": 2, "NumberOfNotificationsFilteredOut-MessageBody": 2,
		}, localaws.FilteredOut, "filtered: key n")
		if again := w.subscribed(t, topic, queue, filter); again != sub {
			t.Errorf("subscribed once more it is %s, want %s", again, sub)
		}
		_, err := w.sns(owner, region).ConfirmSubscription(t.Context(), &sns.ConfirmSubscriptionInput{TopicArn: &topic, Token: &token})
		wantCode(t, "confirming by the token from before", err, "")
	})
}

// TestFilterQuotaSurvives: what exists counts against the quota.
func TestFilterQuotaSurvives(t *testing.T) {
	survive(t, func(t *testing.T, w world, survive func()) {
		topic := w.topic(t, "events", nil)
		policy := map[string]string{"FilterPolicy": `{"a":["b"]}`}
		for n := range 200 {
			w.subscribed(t, topic, numbered(n, ""), policy)
		}
		survive()
		_, err := w.subscribe(t, owner, topic, numbered(200, ""), policy)
		wantCode(t, "the 201st", err, "FilterPolicyLimitExceeded")
	})
}

func TestPublicationsSurvive(t *testing.T) {
	survive(t, func(t *testing.T, w world, survive func()) {
		topic := w.topic(t, "payments.fifo", fifoTopic)
		first := w.publishFIFO(t, topic, "1", "g", "a")
		w.pass(4 * time.Minute)
		survive()
		if again := w.publishFIFO(t, topic, "2", "g", "a"); *again.MessageId != *first.MessageId || *again.SequenceNumber != *first.SequenceNumber {
			t.Error("a duplicate was taken for a new message")
		}
		w.pass(time.Minute)
		if again := w.publishFIFO(t, topic, "2", "g", "a"); *again.SequenceNumber <= *first.SequenceNumber {
			t.Errorf("after five minutes the sequence number is %s, want one behind %s", *again.SequenceNumber, *first.SequenceNumber)
		}
	})
}

func TestKeysSurvive(t *testing.T) {
	survive(t, func(t *testing.T, w world, survive func()) {
		key := w.key(t, `{}`)
		w.kmsOK(t, "CreateAlias", quoted("AliasName", "alias/orders", "TargetKeyId", key))
		w.kmsOK(t, "DisableKey", quoted("KeyId", key))
		managed := w.kmsOK(t, "DescribeKey", quoted("KeyId", "alias/aws/sqs"))["KeyMetadata"].(map[string]any)["Arn"]
		issued := must[*sts.AssumeRoleOutput](t)(w.sts(owner, "any").AssumeRole(t.Context(), &sts.AssumeRoleInput{
			RoleArn: aws.String("arn:aws:iam::" + stranger + ":role/r"), RoleSessionName: aws.String("session"),
		})).Credentials
		survive()
		found := w.kmsOK(t, "DescribeKey", quoted("KeyId", "alias/orders"))["KeyMetadata"].(map[string]any)
		if found["Arn"] != key || found["KeyState"] != "Disabled" {
			t.Errorf("the alias finds %v, want the disabled key %s", found, key)
		}
		if again := w.kmsOK(t, "DescribeKey", quoted("KeyId", "alias/aws/sqs"))["KeyMetadata"].(map[string]any)["Arn"]; again != managed {
			t.Errorf("the key that AWS manages is %v, want %v", again, managed)
		}
		w.kmsOK(t, "TagResource", `{"KeyId":"`+key+`","Tags":[{"TagKey":"a","TagValue":"b"}]}`)
		who := must[*sts.GetCallerIdentityOutput](t)(w.sts(*issued.AccessKeyId, *issued.SecretAccessKey).GetCallerIdentity(t.Context(), nil))
		if *who.Account != stranger {
			t.Errorf("the issued key is of %s, want %s", *who.Account, stranger)
		}
		w.pass(61 * time.Minute)
		_, err := w.sts(*issued.AccessKeyId, *issued.SecretAccessKey).GetCallerIdentity(t.Context(), nil)
		wantCode(t, "the issued key after an hour", err, "ExpiredToken")
	})
}

// TestLaggingReadsSeeWhatWasKept: the versions before are gone, so there is nothing older to see until the next write.
func TestLaggingReadsSeeWhatWasKept(t *testing.T) {
	survive(t, func(t *testing.T, w world, survive func()) {
		url, _ := w.queue(t, "q", nil)
		w.setTimeout(t, url, "50")
		w.queue(t, "deleted", nil)
		w.deleteQueue(t, "deleted")
		w.pass(time.Second)
		survive()
		for name, rule := range map[string]localaws.FaultRule{"stale": {Stale: true}, "lag": {Lag: localaws.Duration(time.Minute)}} {
			rule.Operation = "*"
			w.bend(t, rule)
			if got := w.shownTimeout(t, url); got != "50" || w.shownQueues(t) != "q" {
				t.Errorf("%s: timeout %s of queues %s", name, got, w.shownQueues(t))
			}
		}
		w.setTimeout(t, url, "60")
		if got := w.shownTimeout(t, url); got != "50" {
			t.Errorf("after a write: timeout %s, want the one before", got)
		}
	})
}
