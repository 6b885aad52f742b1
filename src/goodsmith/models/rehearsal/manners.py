"""Whose manner the rehearsal vendor takes on: the protocol, the error bodies and the finish reasons of a real vendor.

`rehearsal/faulty@zhipu` is a bad day at GLM. Bodies and codes are those of the vendors' documents as `providers.yaml`
judges them, so a rehearsal meets the same table as the real thing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from goodsmith.errors import UnknownName

Shape = Callable[[int, str | int, str, str | None], Any]  # status, code, message, parameter -> body
Said = tuple[int, str | int, str]  # status, code, message


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """faults: what goes wrong -> how the vendor says it; what it has no words for, it says as OpenAI does."""

    protocol: str = "openai_chat"
    shape: Shape
    faults: Mapping[str, Said]
    refused: str = "content_filter"  # the finish reason of a refused answer
    limit: str = "length"  # and of one that is too long

    def says(self, fault: str) -> Said:
        return self.faults.get(fault) or OPENAI.faults[fault]


def _openai(status: int, code: str | int, message: str, parameter: str | None) -> Any:
    kind = "invalid_request_error" if status == 400 else code
    return {"error": {"message": message, "type": kind, "param": parameter, "code": code}}


def _typed(status: int, code: str | int, message: str, parameter: str | None) -> Any:
    return {"error": {"message": message, "type": code}}


def _coded(status: int, code: str | int, message: str, parameter: str | None) -> Any:
    return {"error": {"code": code, "message": message}}


def _dashscope(status: int, code: str | int, message: str, parameter: str | None) -> Any:
    error = {"message": message, "type": code, "param": parameter, "code": code}
    return {"error": error, "request_id": "rehearsal-1"}


def _qianfan(status: int, code: str | int, message: str, parameter: str | None) -> Any:
    return {"error": {"code": code, "message": message, "type": code}, "id": "rehearsal-1"}


def _spark(status: int, code: str | int, message: str, parameter: str | None) -> Any:
    return {"code": code, "message": message, "sid": "rehearsal-1"}


def _tencent(status: int, code: str | int, message: str, parameter: str | None) -> Any:
    return {"Response": {"Error": {"Code": code, "Message": message}, "RequestId": "rehearsal-1"}}


def _modelarts(status: int, code: str | int, message: str, parameter: str | None) -> Any:
    return {"error_code": code, "error_msg": message}


def _anthropic(status: int, code: str | int, message: str, parameter: str | None) -> Any:
    said = f"{parameter}: {message}" if parameter else message
    return {"type": "error", "error": {"type": code, "message": said}, "request_id": "req_rehearsal"}


def _gemini(status: int, code: str | int, message: str, parameter: str | None) -> Any:
    if code == "API_KEY_INVALID":
        details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": code}]
        return {"error": {"code": status, "message": message, "status": "INVALID_ARGUMENT", "details": details}}
    if code == "blockReason":  # with HTTP 200, and no candidates
        return {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {"promptTokenCount": 9}}
    return {"error": {"code": status, "message": message, "status": code}}


OPENAI: Final = Manner(
    shape=_openai,
    faults={
        "rate_limit": (429, "rate_limit_exceeded", "Rate limit reached. Please try again in {wait}s."),
        "tokens_limit": (429, "rate_limit_exceeded", "Limit of tokens per min reached. Please try again in {wait}s."),
        "error_500": (500, "server_error", "The server had an error while processing your request."),
        "error_503": (503, "engine_overloaded_error", "The engine is currently overloaded."),
        "refused_input": (400, "content_filter", "The request was rejected because it was considered high risk."),
        "context": (
            400,
            "context_length_exceeded",
            "This model's maximum context length is {most} tokens, but your messages resulted in {sent} tokens.",
        ),
        "no_credit": (
            429,
            "insufficient_quota",
            "You exceeded your current quota, please check your plan and billing details.",
        ),
        "wrong_key": (401, "invalid_api_key", "Incorrect API key provided."),
        "no_model": (404, "model_not_found", "The model does not exist or you have no access to it."),
        "wrong_region": (
            403,
            "unsupported_country_region_territory",
            "Country, region, or territory not supported",
        ),
        "clock": (
            401,
            "RequestTimeTooSkewed",
            "The time of the request is too far from the server's.",
        ),
        "bad_request": (400, "invalid_request_error", "{words}"),
        "refused_parameter": (400, "unsupported_parameter", "{words}"),
        "refused_value": (400, "unsupported_value", "{words}"),
        "refused_shape": (400, "invalid_request_error", "{words}"),
    },
)

MANNERS: Final[Mapping[str, Manner]] = MappingProxyType(
    {
        "openai": OPENAI,
        "anthropic": Manner(
            protocol="anthropic_messages",
            shape=_anthropic,
            refused="refusal",
            limit="max_tokens",
            faults={
                "rate_limit": (429, "rate_limit_error", "This request would exceed your account's rate limit."),
                "error_500": (500, "api_error", "Internal server error"),
                "error_503": (529, "overloaded_error", "Overloaded"),
                "refused_input": (400, "invalid_request_error", "Output blocked by content filtering policy"),
                "context": (400, "invalid_request_error", "prompt is too long: {sent} tokens > {most} maximum"),
                "no_credit": (
                    400,
                    "invalid_request_error",
                    "Your credit balance is too low to access the Anthropic API.",
                ),
                "wrong_key": (401, "authentication_error", "invalid x-api-key"),
                "no_model": (404, "not_found_error", "model: {model}"),
                "wrong_region": (403, "forbidden", "Request not allowed"),
                "refused_parameter": (400, "invalid_request_error", "Extra inputs are not permitted"),
                "refused_value": (400, "invalid_request_error", "{words}"),
                "refused_shape": (400, "invalid_request_error", "{words}"),
                "bad_request": (400, "invalid_request_error", "{words}"),
            },
        ),
        "gemini": Manner(
            protocol="gemini",
            shape=_gemini,
            refused="SAFETY",
            limit="MAX_TOKENS",
            faults={
                "rate_limit": (429, "RESOURCE_EXHAUSTED", "You exceeded your current quota. Please retry in {wait}s."),
                "error_500": (500, "INTERNAL", "An internal error has occurred."),
                "error_503": (503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
                "refused_input": (200, "blockReason", ""),
                "context": (
                    400,
                    "INVALID_ARGUMENT",
                    "The input token count ({sent}) exceeds the maximum number of tokens allowed ({most}).",
                ),
                "no_credit": (403, "PERMISSION_DENIED", "This API method requires billing to be enabled."),
                "wrong_key": (400, "API_KEY_INVALID", "API key not valid. Please pass a valid API key."),
                "no_model": (404, "NOT_FOUND", "models/{model} is not found for API version v1beta"),
                "wrong_region": (400, "FAILED_PRECONDITION", "User location is not supported for the API use."),
                "refused_parameter": (
                    400,
                    "INVALID_ARGUMENT",
                    "Invalid JSON payload received. Unknown name \"{parameter}\" at 'generation_config'",
                ),
                "refused_value": (400, "INVALID_ARGUMENT", "{words}"),
                "refused_shape": (400, "INVALID_ARGUMENT", "{words}"),
                "bad_request": (400, "INVALID_ARGUMENT", "{words}"),
            },
        ),
        "deepseek": Manner(
            shape=_openai,
            faults={
                "rate_limit": (429, "rate_limit_error", "Too many requests, please slow down."),
                "error_503": (503, "service_unavailable_error", "Service is too busy, please try again later."),
                "refused_input": (400, "invalid_request_error", "Content Exists Risk"),
                "no_credit": (402, "unknown_error", "Insufficient Balance"),
                "wrong_key": (401, "authentication_error", "Authentication Fails (no such user)"),
                "no_model": (400, "invalid_request_error", "Model Not Exist"),
            },
        ),
        "dashscope": Manner(
            shape=_dashscope,
            faults={
                "rate_limit": (429, "limit_requests", "You exceeded your current requests limit."),
                "tokens_limit": (429, "insufficient_quota", "You exceeded your current quota, please check tokens."),
                "error_500": (500, "InternalError", "An internal error has occured, please try again later."),
                "error_503": (503, "ModelServingError", "Too many requests. Your requests are being throttled."),
                "refused_input": (
                    400,
                    "data_inspection_failed",
                    "Input data may contain inappropriate content.",
                ),
                "refused_output": (
                    400,
                    "data_inspection_failed",
                    "Output data may contain inappropriate content.",
                ),
                "context": (400, "invalid_parameter_error", "Range of input length should be [1, {most}]"),
                "no_credit": (
                    400,
                    "Arrearage",
                    "Access denied, please make sure your account is in good standing.",
                ),
                "wrong_key": (401, "invalid_api_key", "Incorrect API key provided."),
                "no_model": (404, "model_not_found", "The model `{model}` does not exist."),
            },
        ),
        "zhipu": Manner(
            shape=_coded,
            refused="sensitive",
            faults={
                "rate_limit": (429, "1302", "您的账户已达到速率限制，请您控制请求频率"),
                "error_500": (500, "500", "系统内部错误"),
                "error_503": (429, "1305", "该模型当前访问量过大，请您稍后再试"),
                "refused_input": (
                    400,
                    "1301",
                    "系统检测到输入或生成内容可能包含不安全或敏感内容，请您避免输入易产生敏感内容的提示语",
                ),
                "context": (400, "1261", "Prompt 超长"),
                "no_credit": (429, "1113", "余额不足或无可用资源包，请充值。"),
                "wrong_key": (401, "1002", "Authorization Token 非法，请确认 Authorization Token 正确传递。"),
                "no_model": (400, "1211", "模型不存在，请检查模型代码。"),
            },
        ),
        "moonshot": Manner(
            shape=_typed,
            faults={
                "rate_limit": (429, "rate_limit_reached_error", "Your account reached max RPM: 3"),
                "error_503": (429, "engine_overloaded_error", "The engine is currently overloaded"),
                "refused_input": (
                    400,
                    "content_filter",
                    "The request was rejected because it was considered high risk",
                ),
                "context": (400, "invalid_request_error", "Your request exceeded model token limit: {most}"),
                "no_credit": (429, "exceeded_current_quota_error", "Your account is suspended, check your plan"),
                "wrong_key": (401, "invalid_authentication_error", "Invalid Authentication"),
                "no_model": (404, "resource_not_found_error", "Not found the model {model} or Permission denied"),
            },
        ),
        "qianfan": Manner(
            shape=_qianfan,
            faults={
                "rate_limit": (429, "rpm_rate_limit_exceeded", "Rate limit reached for RPM"),
                "tokens_limit": (429, "tpm_rate_limit_exceeded", "Rate limit reached for TPM"),
                "refused_input": (400, "unsafe_request", "the content of the request is unsafe"),
                "context": (400, "tokens_too_long", "Prompt tokens too long"),
                "wrong_key": (401, "invalid_iam_token", "IAM Certification failed"),
                "no_model": (401, "invalid_model", "No permission to use the model"),
                "no_credit": (403, "access_denied", "账户已欠费"),
            },
        ),
        "spark": Manner(
            shape=_spark,
            faults={
                "rate_limit": (200, 11202, "授权错误：秒级流控超限"),
                "error_500": (200, 10012, "引擎内部错误"),
                "error_503": (200, 10008, "服务容量不足，请联系工作人员"),
                "refused_input": (200, 10013, "输入内容审核不通过，涉嫌违规，请重新调整输入内容"),
                "refused_output": (200, 10014, "输出内容涉及敏感信息，审核不通过"),
                "context": (200, 10907, "token数量超过上限"),
                "no_credit": (200, 11200, "授权错误：该appId没有相关功能的授权 或者 业务量超过限制"),
            },
        ),
        "hunyuan": Manner(
            shape=_tencent,
            refused="sensitive",
            faults={
                "rate_limit": (200, "RequestLimitExceeded", "请求的次数超过了频率限制"),
                "refused_input": (200, "FailedOperation.InputSensitive", "输入内容包含敏感信息"),
            },
        ),
        "sensenova": Manner(
            shape=_coded,
            refused="sensitive",
            faults={"refused_input": (400, 18, "the content is sensitive")},
        ),
        "baichuan": Manner(shape=_openai, faults={}),
        "pangu": Manner(
            shape=_modelarts,
            faults={
                "rate_limit": (429, "ModelArts.81101", "Too many requests"),
                "tokens_limit": (429, "ModelArts.81103", "Too many tokens"),
                "error_503": (500, "APIG.0203", "Backend timeout"),
                "refused_input": (403, "ModelArts.81011", "May contain sensitive information, please try again"),
                "no_credit": (401, "ModelArts.81005", "The quota is used up"),
                "wrong_key": (401, "ModelArts.81003", "The API key is invalid"),
                "no_model": (404, "ModelArts.81009", "The model does not exist"),
            },
        ),
    }
)


def manner(name: str) -> Manner:
    """Raises UnknownName with the near names."""
    if name not in MANNERS:
        raise UnknownName("vendor to rehearse", name, MANNERS, kind_zh="可排练的供应商")
    return MANNERS[name]
