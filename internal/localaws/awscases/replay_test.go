package awscases_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Account is the account of the recorded calls; the replay uses it as access key id.
const Account = "111111111111"

const defaultRegion = "us-east-1"

// Target is where calls go.
type Target struct {
	HTTPClient aws.HTTPClient
	// Endpoint is the base URL of all services; empty for AWS's own.
	Endpoint string
}

// answer is what came back from a call: the decoded response or an error.
type answer struct {
	body   map[string]any
	status int
	err    error
}

// Replay makes the calls of a case against an empty target and returns how its answer differs from AWS's, nil if it
// does not. A set-up call that fails is a difference too.
func Replay(ctx context.Context, target Target, c Case) error {
	subs := newSubscriptions(c)
	for i, call := range c.Setup {
		got := target.call(ctx, call, subs)
		if got.err != nil {
			return fmt.Errorf("setting up, call %d, %s: %w", i+1, call.Op, got.err)
		}
	}
	under := c.Call
	if under.Region == "" {
		under.Region = c.Region
	}
	if _, paged := under.Params["NextToken"]; paged {
		first := Call{Service: under.Service, Op: under.Op, Region: under.Region, Params: map[string]any{}}
		for name, value := range under.Params {
			if name != "NextToken" {
				first.Params[name] = value
			}
		}
		token, _ := target.call(ctx, first, subs).body["NextToken"].(string)
		under = under.with("NextToken", token)
	}
	return c.Expect.compare(target.call(ctx, under, subs))
}

// call makes one call through the SDK client of its service.
func (t Target) call(ctx context.Context, c Call, subs *subscriptions) answer {
	client, err := t.client(c)
	if err != nil {
		return answer{err: err}
	}
	method := reflect.ValueOf(client).MethodByName(c.Op)
	if !method.IsValid() {
		return answer{err: fmt.Errorf("calling %s: the SDK has no such operation", c.Op)}
	}
	input := reflect.New(method.Type().In(1).Elem())
	params, err := json.Marshal(subs.resolve(c.Params))
	if err == nil {
		err = json.Unmarshal(params, input.Interface())
	}
	if err != nil {
		return answer{err: fmt.Errorf("encoding parameters of %s: %w", c.Op, err)}
	}
	results := method.Call([]reflect.Value{reflect.ValueOf(ctx), input})
	got := answer{}
	if err, failed := results[1].Interface().(error); failed {
		var response *smithyhttp.ResponseError
		if errors.As(err, &response) {
			got.status = response.HTTPStatusCode()
		}
		got.err = err
		return got
	}
	got.read(results[0].Elem())
	if c.Op == subscribeOp {
		topic, _ := c.Params["TopicArn"].(string)
		arn, _ := got.body["SubscriptionArn"].(string)
		subs.made(topic, arn)
	}
	return got
}

// read takes an output of the SDK apart.
func (a *answer) read(output reflect.Value) {
	metadata, _ := output.FieldByName("ResultMetadata").Interface().(middleware.Metadata)
	if response, ok := awsmiddleware.GetRawResponse(metadata).(*smithyhttp.Response); ok {
		a.status = response.StatusCode
	}
	text, err := json.Marshal(output.Interface())
	if err != nil {
		a.err = fmt.Errorf("decoding a response: %w", err)
		return
	}
	_ = json.Unmarshal(text, &a.body)
	delete(a.body, "ResultMetadata")
	a.body, _ = withoutEmpty(a.body).(map[string]any)
}

// withoutEmpty drops nulls and empty lists and maps, which the SDK cannot tell from absent members.
func withoutEmpty(value any) any {
	object, isObject := value.(map[string]any)
	for name, member := range object {
		object[name] = withoutEmpty(member)
		if reflect.ValueOf(object[name]).Kind() == reflect.Invalid || isEmpty(object[name]) {
			delete(object, name)
		}
	}
	if list, isList := value.([]any); isList {
		for i := range list {
			list[i] = withoutEmpty(list[i])
		}
	}
	if isObject {
		return object
	}
	return value
}

func isEmpty(value any) bool {
	v := reflect.ValueOf(value)
	return (v.Kind() == reflect.Map || v.Kind() == reflect.Slice) && v.Len() == 0
}

// client makes the SDK client of a service. Calls that lack a required parameter are sent too.
func (t Target) client(c Call) (any, error) {
	region := c.Region
	if region == "" {
		region = defaultRegion
	}
	config := aws.Config{
		Region: region, HTTPClient: t.HTTPClient,
		Credentials: credentials.NewStaticCredentialsProvider(Account, "secret", ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
		APIOptions: []func(*middleware.Stack) error{func(stack *middleware.Stack) error {
			_, _ = stack.Initialize.Remove("OperationInputValidation")
			return nil
		}},
	}
	if t.Endpoint != "" {
		config.BaseEndpoint = aws.String(t.Endpoint)
	}
	switch c.Service {
	case "sqs":
		return sqs.NewFromConfig(config), nil
	case "sns":
		return sns.NewFromConfig(config), nil
	default:
		return nil, fmt.Errorf("calling %s: no client for service %q", c.Op, c.Service)
	}
}
