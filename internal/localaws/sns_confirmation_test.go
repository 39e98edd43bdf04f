package localaws_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/skein-dev/skein/internal/localaws"
)

const theirQueue = "arn:aws:sqs:" + region + ":" + stranger + ":q"

// theirQueueFor makes a queue of the other account that admits a topic, and returns its URL.
func (w world) theirQueueFor(t *testing.T, topic string) string {
	t.Helper()
	out := must[*sqs.CreateQueueOutput](t)(w.sqs(stranger, region).CreateQueue(t.Context(),
		&sqs.CreateQueueInput{QueueName: aws.String("q"), Attributes: admitting(topic, theirQueue)}))
	return *out.QueueUrl
}

// confirmation is the message that asks to confirm a subscription.
type confirmation struct{ Type, Token, TopicArn, SubscribeURL, Signature string }

func (w world) confirmation(t *testing.T, url string) confirmation {
	t.Helper()
	got := w.drain(t, stranger, region, url)
	if len(got) != 1 {
		t.Fatalf("received %+v, want the message that asks to confirm", got)
	}
	var c confirmation
	if err := json.Unmarshal([]byte(*got[0].Body), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// visit follows a link as a browser does and returns the status.
func (w world) visit(t *testing.T, link string) int {
	t.Helper()
	rq, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := w.HTTPClient().Do(rq)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

func TestS7QueueOfAnotherAccountSubscribedByItsOwner(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic", nil)
	must[*sns.AddPermissionOutput](t)(w.sns(owner, region).AddPermission(t.Context(), &sns.AddPermissionInput{
		TopicArn: &topic, Label: aws.String("them"), AWSAccountId: []string{stranger}, ActionName: []string{"Subscribe"},
	}))
	url := w.theirQueueFor(t, topic)
	_, err := w.subscribe(t, stranger, topic, theirQueue, map[string]string{"RawMessageDelivery": "true"})
	wantCode(t, "Subscribe", err, "")
	w.publish(t, topic, "m")
	if got := w.drain(t, stranger, region, url); len(got) != 1 || *got[0].Body != "m" {
		t.Errorf("received %+v, want the message and nothing to confirm", got)
	}
}

func TestP28APendingSubscriptionGetsNothingUntilItIsConfirmed(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic", nil)
	url := w.theirQueueFor(t, topic)
	sub, err := w.subscribe(t, owner, topic, theirQueue, nil)
	wantCode(t, "Subscribe", err, "")
	w.publish(t, topic, "too early")
	asked := w.confirmation(t, url)
	if asked.Type != "SubscriptionConfirmation" || asked.TopicArn != topic || asked.Token != w.PendingToken(sub) || asked.Signature == "" {
		t.Errorf("asked %+v, want the token of the subscription", asked)
	}
	if status := w.visit(t, asked.SubscribeURL); status != http.StatusOK {
		t.Fatalf("visiting %s: status %d", asked.SubscribeURL, status)
	}
	got := w.subscriptionAttributes(t, owner, sub)
	if got["PendingConfirmation"] != "false" || got["ConfirmationWasAuthenticated"] != "false" || got["Owner"] != owner {
		t.Errorf("got %v, want it confirmed without authentication, and its owner the same", got)
	}
	w.publish(t, topic, "m")
	if got := w.drain(t, stranger, region, url); len(got) != 1 || !strings.Contains(*got[0].Body, `"Message" : "m"`) {
		t.Errorf("received %+v, want the message published since", got)
	}
}

func TestSubscribingAgainAsksToConfirmAgain(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic", nil)
	for range 2 {
		_, err := w.subscribe(t, owner, topic, theirQueue, nil)
		wantCode(t, "Subscribe", err, "")
	}
	sub := w.heldTopics()[0].Subscriptions[0]
	if sub.Last.Result != localaws.Dropped || !strings.Contains(sub.Last.Reason, "the queue does not exist") {
		t.Errorf("last %+v, want that the queue could not be asked", sub.Last)
	}
	url := w.theirQueueFor(t, topic)
	_, err := w.subscribe(t, owner, topic, theirQueue, nil)
	wantCode(t, "Subscribe", err, "")
	if asked := w.confirmation(t, url); asked.Token != w.PendingToken(sub.ARN) {
		t.Errorf("asked with %.8s, want the token of the subscription", asked.Token)
	}
}

func TestATokenConfirmsForTwoDaysAndMoreThanOnce(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic", nil)
	url := w.theirQueueFor(t, topic)
	confirm := func(token string) error {
		_, err := w.sns(stranger, region).ConfirmSubscription(t.Context(),
			&sns.ConfirmSubscriptionInput{TopicArn: &topic, Token: &token})
		return err
	}
	sub, err := w.subscribe(t, owner, topic, theirQueue, nil)
	wantCode(t, "Subscribe", err, "")
	late := w.confirmation(t, url).Token
	w.pass(48 * time.Hour)
	wantCode(t, "ConfirmSubscription two days later", confirm(late), "InvalidParameter")
	_, err = w.subscribe(t, owner, topic, theirQueue, nil)
	wantCode(t, "Subscribe again", err, "")
	token := w.confirmation(t, url).Token
	wantCode(t, "ConfirmSubscription", confirm(token), "")
	wantCode(t, "ConfirmSubscription again", confirm(token), "")
	if got := w.subscriptionAttributes(t, owner, sub); got["PendingConfirmation"] != "false" || got["Owner"] != stranger {
		t.Errorf("got %v, want the subscription confirmed by the other account", got)
	}
}

func TestAFIFOQueueIsAskedToConfirm(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, strings.Repeat("t", 200)+".fifo", fifoTopic)
	queue := theirQueue + ".fifo"
	attributes := admitting(topic, queue)
	attributes["FifoQueue"] = "true"
	out := must[*sqs.CreateQueueOutput](t)(w.sqs(stranger, region).CreateQueue(t.Context(),
		&sqs.CreateQueueInput{QueueName: aws.String("q.fifo"), Attributes: attributes}))
	sub, err := w.subscribe(t, owner, topic, queue, nil)
	wantCode(t, "Subscribe", err, "")
	if asked := w.confirmation(t, *out.QueueUrl); asked.Token != w.PendingToken(sub) {
		t.Errorf("asked with %.8s, want the token of the subscription", asked.Token)
	}
}

func TestUnsubscribeByLink(t *testing.T) {
	for _, guarded := range []bool{false, true} {
		t.Run(fmt.Sprint("guarded ", guarded), func(t *testing.T) {
			w := newWorld()
			topic := w.topic(t, "topic", nil)
			url := w.theirQueueFor(t, topic)
			sub, err := w.subscribe(t, owner, topic, theirQueue, nil)
			wantCode(t, "Subscribe", err, "")
			must[*sns.ConfirmSubscriptionOutput](t)(w.sns(stranger, region).ConfirmSubscription(t.Context(),
				&sns.ConfirmSubscriptionInput{
					TopicArn: &topic, Token: aws.String(w.confirmation(t, url).Token),
					AuthenticateOnUnsubscribe: aws.String(fmt.Sprint(guarded)),
				}))
			w.publish(t, topic, "m")
			var envelope struct{ UnsubscribeURL string }
			if err := json.Unmarshal([]byte(*w.drain(t, stranger, region, url)[0].Body), &envelope); err != nil {
				t.Fatal(err)
			}
			want := http.StatusOK
			if guarded {
				want = http.StatusForbidden
			}
			if status := w.visit(t, envelope.UnsubscribeURL); status != want {
				t.Errorf("visiting the link: status %d, want %d", status, want)
			}
			if gone := len(w.heldTopics()[0].Subscriptions) == 0; gone == guarded {
				t.Errorf("subscription %s gone: %t, want %t", sub, gone, !guarded)
			}
		})
	}
}

func TestOnlyLinksNeedNoSignature(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic", nil)
	for _, query := range []string{"Action=DeleteTopic&TopicArn=" + topic, "Action=ConfirmSubscription", "Action=Publish&Message=m&TopicArn=" + topic} {
		if status := w.visit(t, "https://sns.us-east-1.amazonaws.com/?"+query); status != http.StatusForbidden {
			t.Errorf("%s: status %d, want 403", query, status)
		}
	}
}
