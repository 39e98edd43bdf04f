package localaws

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// queueAttribute is the rule of one attribute that can be set, see
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html.
type queueAttribute struct {
	// canonical returns the value as AWS keeps it, and whether AWS takes it.
	canonical func(value string) (string, bool)
	// initial is the value of a new queue, empty for absent.
	initial string
	// clearable attributes become absent when set to "".
	clearable bool
	fifoOnly  bool
}

var queueAttributes = map[string]queueAttribute{
	"VisibilityTimeout":             {canonical: between(0, 43200), initial: "30"},
	"MessageRetentionPeriod":        {canonical: between(60, 1209600), initial: "345600"},
	"DelaySeconds":                  {canonical: between(0, 900), initial: "0"},
	"ReceiveMessageWaitTimeSeconds": {canonical: between(0, 20), initial: "0"},
	"MaximumMessageSize":            {canonical: between(1024, 1048576), initial: "1048576"},
	"Policy":                        {canonical: anyText, clearable: true},
	"RedrivePolicy":                 {canonical: anyText, clearable: true},
	"RedriveAllowPolicy":            {canonical: anyText, clearable: true},
	"KmsMasterKeyId":                {canonical: anyText, clearable: true},
	"KmsDataKeyReusePeriodSeconds":  {canonical: between(60, 86400)},
	"SqsManagedSseEnabled":          {canonical: boolean, initial: "true"},
	"ContentBasedDeduplication":     {canonical: boolean, initial: "false", fifoOnly: true},
	"DeduplicationScope":            {canonical: oneOf("queue", "messageGroup"), initial: "queue", fifoOnly: true},
	"FifoThroughputLimit":           {canonical: oneOf("perQueue", "perMessageGroupId"), initial: "perQueue", fifoOnly: true},
}

func defaultQueueAttributes(fifo bool) map[string]string {
	attributes := map[string]string{}
	for name, rule := range queueAttributes {
		if rule.initial != "" && (fifo || !rule.fifoOnly) {
			attributes[name] = rule.initial
		}
	}
	if fifo {
		attributes["FifoQueue"] = "true"
	}
	return attributes
}

// applyQueueAttributes changes the settings of q, a copy that is not stored yet, or says why AWS would not.
func (s *Server) applyQueueAttributes(q *queue, given map[string]string, creating bool) error {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if s.lacks[name] {
			return unknownAttribute(name)
		}
		if err := applyQueueAttribute(q, name, given[name], creating); err != nil {
			return err
		}
	}
	if err := applyEncryption(q, given); err != nil {
		return err
	}
	if q.attributes["FifoThroughputLimit"] == "perMessageGroupId" && q.attributes["DeduplicationScope"] != "messageGroup" {
		return invalidAttribute("FifoThroughputLimit", "The perMessageGroupId value is allowed only when the value for "+
			"DeduplicationScope is messageGroup.")
	}
	if given["Policy"] != "" {
		if err := checkQueuePolicy(given["Policy"]); err != nil {
			return err
		}
	}
	if given["RedriveAllowPolicy"] != "" {
		if err := applyRedriveAllowPolicy(q, given["RedriveAllowPolicy"]); err != nil {
			return err
		}
	}
	if given["RedrivePolicy"] != "" {
		return s.applyRedrivePolicy(q, given["RedrivePolicy"])
	}
	return nil
}

func applyQueueAttribute(q *queue, name, value string, creating bool) error {
	if name == "FifoQueue" {
		return checkFifoQueue(q, value, creating)
	}
	rule, known := queueAttributes[name]
	switch {
	case !known:
		return unknownAttribute(name)
	case rule.fifoOnly && !q.fifo && name == "ContentBasedDeduplication":
		return unknownAttribute(name)
	case rule.fifoOnly && !q.fifo:
		return sqsError("InvalidAttributeName", "You can specify the %s only when FifoQueue is set to true.", name)
	case value == "" && rule.clearable:
		delete(q.attributes, name)
		return nil
	}
	canonical, ok := rule.canonical(value)
	if !ok {
		return invalidAttribute(name, "")
	}
	q.attributes[name] = canonical
	return nil
}

// checkFifoQueue: recorded cases test_create_standard_queue_with_fifo_attribute_raises_error and
// test_set_unsupported_attribute_fifo.
func checkFifoQueue(q *queue, value string, creating bool) error {
	isTrue := strings.EqualFold(value, "true")
	switch {
	case !q.fifo:
		return unknownAttribute("FifoQueue")
	case !isTrue && !creating:
		return invalidAttribute("FifoQueue", "Modifying queue type is not supported.")
	case !isTrue:
		return invalidAttribute("FifoQueue", "")
	default:
		return nil
	}
}

// applyEncryption keeps at most one kind of encryption: a KMS key switches SQS's own off, and the key's reuse period
// is there with the key only. SQS's own stays off when the key goes (recorded case
// test_set_queue_attributes_default_values).
func applyEncryption(q *queue, given map[string]string) error {
	managed, _ := boolean(given["SqsManagedSseEnabled"])
	switch {
	case given["KmsMasterKeyId"] != "" && managed == "true":
		return sqsError("InvalidAttributeName", "You can use one type of server-side encryption (SSE) at one time. "+
			"You can either enable KMS SSE or SQS SSE.")
	case given["KmsMasterKeyId"] != "":
		q.attributes["SqsManagedSseEnabled"] = "false"
	case managed == "true":
		delete(q.attributes, "KmsMasterKeyId")
	}
	if q.attributes["KmsMasterKeyId"] == "" {
		delete(q.attributes, "KmsDataKeyReusePeriodSeconds")
	} else if q.attributes["KmsDataKeyReusePeriodSeconds"] == "" {
		q.attributes["KmsDataKeyReusePeriodSeconds"] = "300"
	}
	return nil
}

type setQueueAttributesInput struct {
	queueRef
	Attributes map[string]string
}

func (s *Server) setQueueAttributes(rq *request, in *setQueueAttributesInput) (*nothing, error) {
	q, err := s.queue(rq, in.queueRef, ownerOnly)
	if err != nil {
		return nil, err
	}
	if len(in.Attributes) == 0 {
		return nil, missingParameter("Attribute.Name")
	}
	next := q.clone()
	if err := s.applyQueueAttributes(next, in.Attributes, false); err != nil {
		return nil, err
	}
	next.modified = rq.now
	s.queues.put(next.arn, next)
	b := s.backlogs[next.arn]
	b.retain(next.seconds("MessageRetentionPeriod"), rq.now)
	if _, given := in.Attributes["DelaySeconds"]; given {
		b.delay(next.seconds("DelaySeconds"), rq.now)
	}
	return &nothing{}, nil
}

type getQueueAttributesInput struct {
	queueRef
	AttributeNames []string
}

type queueAttributesOutput struct {
	Attributes map[string]string `json:",omitempty"`
}

// getQueueAttributes answers no Attributes at all when none of those asked for is set (recorded case
// test_sqs_permission_lifecycle/get-queue-policy-attribute-after-removal).
func (s *Server) getQueueAttributes(rq *request, in *getQueueAttributesInput) (*queueAttributesOutput, error) {
	q, err := s.queue(rq, in.queueRef, grantable)
	if err != nil {
		return nil, err
	}
	all := s.describeQueue(rq, q)
	if slices.Contains(in.AttributeNames, "All") {
		return &queueAttributesOutput{Attributes: all}, nil
	}
	asked := map[string]string{}
	for _, name := range in.AttributeNames {
		value, set := all[name]
		if _, known := queueAttributes[name]; !set && (!known || s.lacks[name]) && name != "FifoQueue" {
			return nil, unknownAttribute(name)
		}
		if set {
			asked[name] = value
		}
	}
	return &queueAttributesOutput{Attributes: asked}, nil
}

// describeQueue returns everything that GetQueueAttributes can tell.
func (s *Server) describeQueue(rq *request, q *queue) map[string]string {
	all := maps.Clone(q.attributes)
	all["QueueArn"] = q.arn
	all["CreatedTimestamp"] = strconv.FormatInt(q.created.Unix(), 10)
	all["LastModifiedTimestamp"] = strconv.FormatInt(q.modified.Unix(), 10)
	visible, delayed, inFlight := s.backlogs[q.arn].count(rq.now)
	all["ApproximateNumberOfMessages"] = itoa(visible)
	all["ApproximateNumberOfMessagesDelayed"] = itoa(delayed)
	all["ApproximateNumberOfMessagesNotVisible"] = itoa(inFlight)
	return s.without(all)
}
