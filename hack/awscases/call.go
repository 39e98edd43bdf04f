package main

import (
	"bytes"
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

const (
	// account is that of the recorded calls; its id is the access key id of the replay.
	account       = "111111111111"
	defaultRegion = "us-east-1"
)

// answer is what came back from a call: the decoded response or an error.
type answer struct {
	op     string
	body   map[string]any
	status int
	err    error
}

// call makes one call through the SDK client of its service. What the case file wrote for ids of earlier answers is
// put right before.
func (w *world) call(ctx context.Context, c call) answer {
	got := answer{op: c.Op}
	c.Params, _ = w.ids.resolve(c.Params).(map[string]any)
	client, err := w.client(c)
	if err != nil {
		got.err = unreadable(err)
		return got
	}
	method := reflect.ValueOf(client).MethodByName(c.Op)
	if !method.IsValid() {
		got.err = unreadable(fmt.Errorf("the SDK has no operation %s", c.Op))
		return got
	}
	input := reflect.New(method.Type().In(1).Elem())
	if err := c.encode(input.Interface()); err != nil {
		got.err = unreadable(err)
		return got
	}
	results := method.Call([]reflect.Value{reflect.ValueOf(ctx), input})
	if err, failed := results[1].Interface().(error); failed {
		var response *smithyhttp.ResponseError
		if errors.As(err, &response) {
			got.status = response.HTTPStatusCode()
		}
		got.err = err
		return got
	}
	got.read(results[0].Elem())
	w.ids.note(c, got.body)
	return got
}

// encode writes the parameters into an input of the SDK.
func (c call) encode(input any) error {
	params, err := json.Marshal(c.Params)
	if err != nil {
		return fmt.Errorf("encoding parameters of %s: %w", c.Op, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(params))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(input); err != nil {
		return fmt.Errorf("encoding parameters of %s: %w", c.Op, err)
	}
	return nil
}

// read takes an output of the SDK apart.
func (a *answer) read(output reflect.Value) {
	metadata, _ := output.FieldByName("ResultMetadata").Interface().(middleware.Metadata)
	if response, ok := awsmiddleware.GetRawResponse(metadata).(*smithyhttp.Response); ok {
		a.status = response.StatusCode
	}
	text, err := json.Marshal(output.Interface())
	if err == nil {
		err = json.Unmarshal(text, &a.body)
	}
	if err != nil {
		a.err = fmt.Errorf("decoding a response: %w", err)
		return
	}
	delete(a.body, "ResultMetadata")
	a.body, _ = withoutEmpty(a.body).(map[string]any)
}

// withoutEmpty drops nulls and empty lists and maps, which the SDK cannot tell from absent members.
func withoutEmpty(value any) any {
	switch value := value.(type) {
	case map[string]any:
		kept := map[string]any{}
		for name, member := range value {
			if member = withoutEmpty(member); !isEmpty(member) {
				kept[name] = member
			}
		}
		return kept
	case []any:
		kept := make([]any, len(value))
		for i := range value {
			kept[i] = withoutEmpty(value[i])
		}
		return kept
	default:
		return value
	}
}

func isEmpty(value any) bool {
	if value == nil {
		return true
	}
	v := reflect.ValueOf(value)
	return (v.Kind() == reflect.Map || v.Kind() == reflect.Slice) && v.Len() == 0
}

// client makes the SDK client of a service. Calls that lack a required parameter are sent too.
func (w *world) client(c call) (any, error) {
	region := c.Region
	if region == "" {
		region = defaultRegion
	}
	config := aws.Config{
		Region: region, HTTPClient: w.server.HTTPClient(),
		Credentials: credentials.NewStaticCredentialsProvider(account, "secret", ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
		APIOptions: []func(*middleware.Stack) error{func(stack *middleware.Stack) error {
			_, _ = stack.Initialize.Remove("OperationInputValidation")
			return stack.Build.Add(sendZeros(c.Params), middleware.Before)
		}},
	}
	switch c.Service {
	case "sqs":
		return sqs.NewFromConfig(config), nil
	case "sns":
		return sns.NewFromConfig(config), nil
	default:
		return nil, fmt.Errorf("there is no client for service %q", c.Service)
	}
}
