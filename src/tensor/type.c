/*
 * type.c - the table of element types. See type.h.
 */
#include "tensor/type.h"

#include "tensor/codec.h"

static const tensor_type_info TYPES[] = {
    {TENSOR_F32, "F32", 1, 4, codec_f32},
    {TENSOR_F16, "F16", 1, 2, codec_f16},
    {TENSOR_Q4_0, "Q4_0", 32, 18, codec_q4_0},
    {TENSOR_Q4_1, "Q4_1", 32, 20, codec_q4_1},
    {TENSOR_Q5_0, "Q5_0", 32, 22, codec_q5_0},
    {TENSOR_Q5_1, "Q5_1", 32, 24, codec_q5_1},
    {TENSOR_Q8_0, "Q8_0", 32, 34, codec_q8_0},
    {TENSOR_Q2_K, "Q2_K", 256, 84, codec_q2_k},
    {TENSOR_Q3_K, "Q3_K", 256, 110, codec_q3_k},
    {TENSOR_Q4_K, "Q4_K", 256, 144, codec_q4_k},
    {TENSOR_Q5_K, "Q5_K", 256, 176, codec_q5_k},
    {TENSOR_Q6_K, "Q6_K", 256, 210, codec_q6_k},
    {TENSOR_IQ4_NL, "IQ4_NL", 32, 18, codec_iq4_nl},
    {TENSOR_IQ4_XS, "IQ4_XS", 256, 136, codec_iq4_xs},
    {TENSOR_BF16, "BF16", 1, 2, codec_bf16},
    {TENSOR_MXFP4, "MXFP4", 32, 17, codec_mxfp4},
};

const tensor_type_info *tensor_type_find(uint32_t id)
{
    for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
        if ((uint32_t)TYPES[i].type == id) {
            return &TYPES[i];
        }
    }
    return NULL;
}
