#pragma once

#include "protocol/openwire/codec/data_type.h"
#include "protocol/openwire/codec/throwable.h"
#include "protocol/openwire/codec/versions.h"

namespace tern::openwire {

// OpenWire reference, 4.6. Exactly one of these answers a command with response_required, with the
// command's command_id as its correlation_id (8.1).

struct Response {
    static constexpr DataType kType = DataType::response;
    std::int32_t command_id = 0;
    bool response_required = false;
    std::int32_t correlation_id = 0;

    bool operator==(const Response&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        base_command(self, visit);
        visit.field(self.correlation_id);
    }
};

struct ExceptionResponse {
    static constexpr DataType kType = DataType::exception_response;
    std::int32_t command_id = 0;
    bool response_required = false;
    std::int32_t correlation_id = 0;
    Box<Throwable> exception{};

    bool operator==(const ExceptionResponse&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        Response::fields(self, visit);
        visit.field(self.exception);
    }
};

struct DataResponse {
    static constexpr DataType kType = DataType::data_response;
    std::int32_t command_id = 0;
    bool response_required = false;
    std::int32_t correlation_id = 0;
    Box<Object> data{};

    bool operator==(const DataResponse&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        Response::fields(self, visit);
        visit.field(self.data);
    }
};

struct DataArrayResponse {
    static constexpr DataType kType = DataType::data_array_response;
    std::int32_t command_id = 0;
    bool response_required = false;
    std::int32_t correlation_id = 0;
    /// Java clients want an array, if only an empty one, never null.
    Array<Box<Object>> data{};

    bool operator==(const DataArrayResponse&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        Response::fields(self, visit);
        visit.field(self.data);
    }
};

struct IntegerResponse {
    static constexpr DataType kType = DataType::integer_response;
    std::int32_t command_id = 0;
    bool response_required = false;
    std::int32_t correlation_id = 0;
    std::int32_t result = 0;

    bool operator==(const IntegerResponse&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        Response::fields(self, visit);
        visit.field(self.result);
    }
};

}  // namespace tern::openwire
