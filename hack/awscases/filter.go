package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/smithy-go"
)

const (
	filterTopic = "arn:aws:sns:us-east-1:" + account + ":filtered"
	filterQueue = "arn:aws:sqs:us-east-1:" + account + ":filtered"
	filterURL   = "https://sqs.us-east-1.amazonaws.com/" + account + "/filtered"
	// filterSubscription stands for what Subscribe answers, see synthetic.go.
	filterSubscription = filterTopic + ":00000000-0000-4000-8000-000000000001"

	subscribeOp    = "Subscribe"
	setAttributeOp = "SetSubscriptionAttributes"
)

// filterPolicyCase is a filter policy that AWS took or refused.
type filterPolicyCase struct {
	Name  string `json:"name"`
	API   string `json:"api"`
	Scope string `json:"scope"`
	// Policy is the text that was sent; empty takes the policy away.
	Policy   string         `json:"policy"`
	Valid    bool           `json:"valid"`
	AWSError *expectedError `json:"awsError"`
}

func (c filterPolicyCase) name() string { return c.Name }

func (c filterPolicyCase) replay(ctx context.Context) error {
	expect := expectation{OK: c.Valid}
	switch {
	case !c.Valid && c.AWSError != nil:
		expect.Error = c.AWSError
	case !c.Valid:
		expect.ErrorMatches = []string{"."}
	}
	subscribe := map[string]any{"TopicArn": filterTopic, "Protocol": "sqs", "Endpoint": filterQueue}
	set := func(name, value string) call {
		return call{Service: "sns", Op: setAttributeOp, Params: map[string]any{
			"SubscriptionArn": filterSubscription, "AttributeName": name, "AttributeValue": value,
		}}
	}
	calls := []call{
		{Service: "sns", Op: "CreateTopic", Params: map[string]any{"Name": "filtered"}},
		{Service: "sns", Op: subscribeOp, Params: subscribe},
	}
	switch c.API {
	case subscribeOp:
		subscribe["Attributes"] = scoped(c.Scope, map[string]any{"FilterPolicy": c.Policy})
	case setAttributeOp:
		if c.Scope != "" {
			calls = append(calls, set("FilterPolicyScope", c.Scope))
		}
		calls = append(calls, set("FilterPolicy", c.Policy))
	default:
		return unreadable(fmt.Errorf("there is no api %q", c.API))
	}
	return attempts(ctx, calls, expect)
}

// filterMatchCase is a message that a filter policy did or did not let through.
type filterMatchCase struct {
	Name              string         `json:"name"`
	Scope             string         `json:"scope"`
	Policy            string         `json:"policy"`
	MessageAttributes map[string]any `json:"messageAttributes"`
	Body              string         `json:"body"`
	Delivered         bool           `json:"delivered"`
}

func (c filterMatchCase) name() string { return c.Name }

func (c filterMatchCase) replay(ctx context.Context) error {
	arrived, err := c.arrives(ctx)
	switch {
	case err != nil:
		return err
	case arrived && !c.Delivered:
		return errors.New("the message was delivered, AWS filtered it out")
	case !arrived && c.Delivered:
		return errors.New("the message was filtered out, AWS delivered it")
	default:
		return nil
	}
}

// arrives publishes the message to a topic with one filtered subscription and reports whether the queue receives it.
func (c filterMatchCase) arrives(ctx context.Context) (bool, error) {
	attributes := map[string]any{"RawMessageDelivery": "true"}
	if c.Policy != "" {
		attributes["FilterPolicy"] = c.Policy
	}
	access := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},` +
		`"Action":"sqs:SendMessage","Resource":"` + filterQueue + `","Condition":{"ArnEquals":{"aws:SourceArn":"` + filterTopic + `"}}}]}`
	w := newWorld()
	var received answer
	for _, step := range []call{
		{Service: "sns", Op: "CreateTopic", Params: map[string]any{"Name": "filtered"}},
		{Service: "sqs", Op: "CreateQueue", Params: map[string]any{
			"QueueName": "filtered", "Attributes": map[string]any{"Policy": access},
		}},
		{Service: "sns", Op: subscribeOp, Params: map[string]any{
			"TopicArn": filterTopic, "Protocol": "sqs", "Endpoint": filterQueue, "Attributes": scoped(c.Scope, attributes),
		}},
		{Service: "sns", Op: "Publish", Params: map[string]any{
			"TopicArn": filterTopic, "Message": c.Body, "MessageAttributes": c.MessageAttributes,
		}},
		{Service: "sqs", Op: "ReceiveMessage", Params: map[string]any{"QueueUrl": filterURL, "WaitTimeSeconds": 5}},
	} {
		if received = w.call(ctx, step); received.err != nil {
			return false, fmt.Errorf("calling %s: %w", step.Op, received.err)
		}
	}
	messages, _ := received.body["Messages"].([]any)
	return len(messages) > 0, nil
}

func scoped(scope string, attributes map[string]any) map[string]any {
	if scope != "" {
		attributes["FilterPolicyScope"] = scope
	}
	return attributes
}

// eventPatternCase is an EventBridge pattern: a hint at what SNS does, whose filter policies are of the same family.
type eventPatternCase struct {
	Name    string `json:"name"`
	Pattern string `json:"pattern"`
	Event   string `json:"event"`
	Valid   bool   `json:"valid"`
	// Matches is not set for an invalid pattern.
	Matches bool `json:"matches"`
}

func (c eventPatternCase) name() string { return c.Name }

// replay publishes the event under the pattern. Where one service takes a pattern and the other refuses it there is
// nothing to compare: SNS knows fewer operators and has limits of its own, and has others that EventBridge lacks.
func (c eventPatternCase) replay(ctx context.Context) error {
	err := filterMatchCase{Scope: "MessageBody", Policy: c.Pattern, Body: c.Event, Delivered: c.Matches}.replay(ctx)
	var api smithy.APIError
	refused := errors.As(err, &api) && api.ErrorCode() == "InvalidParameter"
	switch {
	case refused == c.Valid:
		return errIncomparable
	case refused:
		return nil
	default:
		return err
	}
}
