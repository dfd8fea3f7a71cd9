/*
 * wide_instruction.c - executes one AVX instruction and ends. The baseline test expects it to trap.
 */
int main(void)
{
    __asm__ volatile("vpxor %%xmm0, %%xmm0, %%xmm0" ::: "xmm0");
    return 0;
}
