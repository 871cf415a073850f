package dev.weir.runner;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/**
 * An object of an interface of Flink's that passes every call on to another one, with something of ours around one
 * method.
 */
final class Wrapper implements InvocationHandler {
    interface Call {
        Object proceed(Object[] arguments) throws Throwable;
    }

    interface Around {
        Object call(Call inner, Object[] arguments) throws Throwable;
    }

    private final Object inner;
    private final String method;
    private final Around around;

    private Wrapper(Object inner, String method, Around around) {
        this.inner = inner;
        this.method = method;
        this.around = around;
    }

    static Object of(Object inner, Class<?> type, String method, Around around) {
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, new Wrapper(inner, method, around));
    }

    @Override
    public Object invoke(Object proxy, Method called, Object[] arguments) throws Throwable {
        if (called.getName().equals("equals") && called.getDeclaringClass() == Object.class) {
            return proxy == arguments[0];
        }
        Call call = with -> invokeInner(called, with);
        return called.getName().equals(method) ? around.call(call, arguments) : call.proceed(arguments);
    }

    private Object invokeInner(Method called, Object[] arguments) throws Throwable {
        try {
            // The class behind the interface need not be public.
            called.setAccessible(true);
            return called.invoke(inner, arguments);
        } catch (InvocationTargetException error) {
            throw error.getTargetException();
        }
    }
}
