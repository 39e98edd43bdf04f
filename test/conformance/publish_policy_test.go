package conformance

import (
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

const (
	docQueuePolicy = "https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html"
	docSNSDLQ      = "https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html"
)

var publishPolicyRules = []rule{
	{
		name:   "queue-policy/none",
		says:   "a queue without a policy gets nothing from a topic, though it is subscribed",
		source: docQueuePolicy,
		check: func(w *world) {
			w.undelivered(func(route) string { return "" })
		},
	},
	{
		name:   "queue-policy/another-topic",
		says:   "a queue whose policy names another topic in aws:SourceArn gets nothing",
		source: docQueuePolicy,
		check: func(w *world) {
			w.undelivered(func(r route) string { return policyOf(admit(r.topic+"-2", r.queue)) })
		},
	},
	{
		name:   "queue-policy/another-queue",
		says:   "a queue whose policy has another queue for its Resource gets nothing",
		source: docQueuePolicy,
		check: func(w *world) {
			w.undelivered(func(r route) string { return policyOf(admit(r.topic, r.queue+"-2")) })
		},
	},
	{
		name:   "queue-policy/another-account",
		says:   "a queue whose policy names another account in aws:SourceAccount gets nothing",
		source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
		check: func(w *world) {
			w.undelivered(func(r route) string {
				return policyOf(admitIf(r.queue, map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": "222222222222"}}))
			})
		},
	},
	{
		name:   "queue-policy/deny-comes-first",
		says:   "a Deny comes before any Allow",
		source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
		check: func(w *world) {
			w.undelivered(func(r route) string {
				return policyOf(admit(r.topic, r.queue), deny("sqs:SendMessage", r.queue, nil))
			})
		},
	},
	{
		name:   "queue-policy/deny-without-tls",
		says:   "a Deny of what comes without TLS does not stop SNS, which delivers with TLS",
		source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html",
		check: func(w *world) {
			w.delivered(func(r route) string {
				plaintext := map[string]any{"Bool": map[string]any{"aws:SecureTransport": "false"}}
				return policyOf(admit(r.topic, r.queue), deny("sqs:*", r.queue, plaintext))
			})
		},
	},
	{
		name:   "queue-policy/ways-to-admit",
		says:   "a policy admits by ArnLike with a pattern, by aws:SourceAccount, and without a condition",
		source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html",
		check: func(w *world) {
			for _, condition := range []map[string]any{
				{"ArnLike": map[string]any{"aws:SourceArn": w.arn("sns", "contract-*")}},
				{"StringEquals": map[string]any{"AWS:SourceAccount": w.AccountID}},
				{},
			} {
				w.delivered(func(r route) string { return policyOf(admitIf(r.queue, condition)) })
			}
		},
	},
	{
		name:   "queue-policy/binds-its-owner",
		says:   "a Deny binds the owner of the queue too: AccessDenied",
		source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
		check: func(w *world) {
			name, url := w.queue(nil)
			w.set(url, "Policy", policyOf(deny("sqs:SendMessage", w.arn("sqs", name), nil)))
			_, err := w.trySend(&sqs.SendMessageInput{QueueUrl: &url})
			w.refused(err, "AccessDenied|AccessDeniedException|AWS.SimpleQueueService.AccessDenied")
		},
	},
	{
		name:   "queue-key/of-aws",
		says:   "a queue encrypted with the AWS-managed key gets nothing from a topic: that key cannot be granted to SNS",
		source: "https://docs.aws.amazon.com/sns/latest/dg/sns-enable-encryption-for-topic-sqs-queue-subscriptions.html",
		check: func(w *world) {
			r, witness := w.witnessed()
			w.set(r.url, "KmsMasterKeyId", "alias/aws/sqs")
			w.publish(r.topic, "news")
			w.equal("messages of the other queue", w.arrived(witness.url, 1), []string{"news"})
			w.equal("messages", w.arrived(r.url, 0), nothing)
			w.send(r.url, "from its owner")
			w.equal("messages", w.arrived(r.url, 1), []string{"from its owner"})
		},
	},
	{
		name:   "subscription-dead-letter/refused",
		says:   "what the queue's policy refuses goes to the dead-letter queue of the subscription, as the queue would have got it",
		source: docSNSDLQ,
		check: func(w *world) {
			r, deadURL := w.redrivenRoute()
			w.set(r.url, "Policy", "")
			w.publish(r.topic, "news")
			w.equal("dead letters", w.arrived(deadURL, 1), []string{"news"})
		},
	},
	{
		name:   "subscription-dead-letter/queue-is-gone",
		says:   "what is published for a queue that was deleted goes to the dead-letter queue of the subscription",
		source: docSNSDLQ + "; recorded cases test_publish_fifo_messages_to_dlq",
		check: func(w *world) {
			r, deadURL := w.redrivenRoute()
			_, err := w.sqs.DeleteQueue(w.ctx, &sqs.DeleteQueueInput{QueueUrl: &r.url})
			w.ok(err, "deleting queue")
			w.publish(r.topic, "news")
			w.equal("dead letters", w.arrived(deadURL, 1), []string{"news"})
		},
	},
	{
		name:   "subscription-dead-letter/not-what-was-filtered",
		says:   "what the filter policy holds back does not go to the dead-letter queue",
		source: docSNSDLQ,
		check: func(w *world) {
			r, deadURL := w.redrivenRoute()
			w.setSubscription(r.subscription, "FilterPolicy", `{"kind":["another"]}`)
			w.publish(r.topic, "news")
			w.equal("messages", w.arrived(r.url, 0), nothing)
			w.equal("dead letters", w.arrived(deadURL, 0), nothing)
		},
	},
}

// witnessed is a route and another one of the same topic, which shows that a message was published.
func (w *world) witnessed() (r, witness route) {
	r = w.route(raw)
	return r, w.branch(r.topic, raw)
}

// undelivered publishes to a queue with a policy that keeps the topic out, and to another one.
func (w *world) undelivered(policy func(route) string) {
	r, witness := w.witnessed()
	w.set(r.url, "Policy", policy(r))
	w.publish(r.topic, "news")
	w.equal("messages of the other queue", w.arrived(witness.url, 1), []string{"news"})
	w.equal("messages", w.arrived(r.url, 0), nothing)
}

// delivered publishes to a queue with a policy that admits the topic.
func (w *world) delivered(policy func(route) string) {
	r := w.route(raw)
	w.set(r.url, "Policy", policy(r))
	w.publish(r.topic, "news")
	w.equal("messages", w.arrived(r.url, 1), []string{"news"})
}

// redrivenRoute is a route whose subscription has a dead-letter queue that admits the topic.
func (w *world) redrivenRoute() (r route, deadURL string) {
	r = w.route(raw)
	dead, deadURL := w.queue(nil)
	w.set(deadURL, "Policy", policyOf(admit(r.topic, w.arn("sqs", dead))))
	w.setSubscription(r.subscription, "RedrivePolicy", asJSON(map[string]any{"deadLetterTargetArn": w.arn("sqs", dead)}))
	return r, deadURL
}
