// Package wire reads and writes the bodies of AWS's protocols: the query protocol (form in, XML out) as SNS and STS
// speak it and flattened as SQS did, JSON, and CBOR as CloudWatch speaks it. Inputs and outputs are plain structs that
// are described once: a field's name on the wire is that of its json tag, or its own; embedded structs count as their
// fields. Fields are strings, bools, ints, float64s, Timestamps, []byte (base64 in text), and lists, maps with string
// keys, structs and pointers of these.
//
// What is unknown in a request is ignored, as AWS does. The package knows no service and no server, so that it can be
// fuzzed; work and memory are bounded by the size of what is read.
package wire
