"""Starts MiniStack, whose settings are environment variables, and ends it with the process that started it.

What it does otherwise than AWS, and would keep the deployment from being tried, is put right here.
"""

import os
import signal
import sys
import threading

from ministack import app
from ministack.core import iam_actions, lambda_runtime
from ministack.services import stepfunctions
from ministack.services.cloudformation import provisioners

# Every call comes over loopback, in clear. It must count as encrypted: what CDK makes (the bucket of the assets, queues
# with enforceSSL) refuses everything else, and the emulator enforces that as AWS does.
pin_request_origin = app.pin_request_origin
app.pin_request_origin = lambda address, _is_encrypted: pin_request_origin(address, True)

# After each call of a function the emulator waits for lines that it logged, by default 50 ms if there are none. What
# comes later is taken with the next call, so that nothing is lost.
lambda_runtime.Worker._drain_stderr_bounded.__defaults__ = (0.0, 0.005, 0.25)

# An alarm on an expression of several metrics is refused here, and the whole stack with it. It is made with a metric that
# nobody writes: there, and never in alarm.
alarm_record = provisioners._cw_metric_alarm_record
unknown_metric = {"Metrics": None, "Namespace": "Understudy/Emulator", "MetricName": "Expression"}
provisioners._cw_metric_alarm_record = lambda name, properties: alarm_record(
    name, {**properties, **unknown_metric} if properties.get("Metrics") else properties
)

# Who answers a task's token needs the permission for the state machine that gave it out. Here it is asked for "*".
machine_of_token = {}
invoke_with_callback = stepfunctions._invoke_with_callback
resource_of_call = iam_actions.extract_resource_arn


def invoke_and_note(resource, input_data, token, state_definition):
    machine_of_token[token] = sys._getframe(1).f_locals["execution"]["stateMachineArn"]
    return invoke_with_callback(resource, input_data, token, state_definition)


def resource_with_tokens(service, method, path, headers, body, *others):
    token = iam_actions._safe_json_field(body, "taskToken") if service == "states" else None
    return machine_of_token.get(token) or resource_of_call(service, method, path, headers, body, *others)


stepfunctions._invoke_with_callback = invoke_and_note
iam_actions.extract_resource_arn = resource_with_tokens


def end_with_starter():
    """Whoever started this holds the other end of standard input: also one that is killed lets go of it."""
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


threading.Thread(target=end_with_starter, daemon=True).start()
app.main()
